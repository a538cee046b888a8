import type { MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Member, MemberEffect, Participant } from '../../member/index.ts';

/** A member whose machine is switched off: a mind speaks for it, or nobody. */
export class Silence implements Participant {
  readonly #honest: Member;

  constructor(honest: Member) {
    this.#honest = honest;
  }

  restore(): readonly MemberEffect[] {
    return [];
  }

  /** Numbers the message as the honest machine would; nobody will hear of it. */
  submit(message: Uint8Array): number {
    return this.#honest.submit(message);
  }

  handle(_from: NodeId, _message: MemberMessage): readonly MemberEffect[] {
    return [];
  }

  linkUp(_peer: NodeId): readonly MemberEffect[] {
    return [];
  }

  linkDown(_peer: NodeId): void {}

  tick(): readonly MemberEffect[] {
    return [];
  }

  flush(): readonly MemberEffect[] {
    return [];
  }
}
