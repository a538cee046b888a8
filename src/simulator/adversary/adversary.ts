import type { MemberMessage } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { PayloadHasher } from '../../crypto/index.ts';
import type { Member, MemberEffect, Participant } from '../../member/index.ts';

/** Something an adversary did that no correct member does. */
export interface Lie {
  /** In words, beginning with a verb: "told p1 …". */
  readonly text: string;
  readonly about: { readonly sender: NodeId; readonly instance: number } | undefined;
}

/** What an adversary has to work with: a whole honest member under its key, and leave to bend what it says. */
export interface AdversaryContext {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly hasher: PayloadHasher;
  readonly honest: Member;
  /** Told of every kind of lie, once an instance. */
  readonly report: (lie: Lie) => void;
}

/** How a message to one member is bent: the messages sent in its place, perhaps none. */
export type Bend = (to: NodeId, message: MemberMessage) => readonly MemberMessage[];

/**
 * A faulty member that runs the honest state machine and bends what leaves it, receiver by receiver. It may also
 * answer what the honest one would not.
 */
export class BendingParticipant implements Participant {
  readonly #honest: Member;
  readonly #bend: Bend;
  readonly #answer: (from: NodeId, message: MemberMessage) => readonly MemberMessage[];

  /** `answer`: sent back to `from` on top of what the honest member does with the message. */
  constructor(
    honest: Member,
    bend: Bend,
    answer: (from: NodeId, message: MemberMessage) => readonly MemberMessage[] = () => [],
  ) {
    this.#honest = honest;
    this.#bend = bend;
    this.#answer = answer;
  }

  restore(memory: Parameters<Member['restore']>[0]): readonly MemberEffect[] {
    return this.#bent(this.#honest.restore(memory));
  }

  submit(message: Uint8Array): number {
    return this.#honest.submit(message);
  }

  handle(from: NodeId, message: MemberMessage): readonly MemberEffect[] {
    const extra = this.#answer(from, message);
    const effects = this.#bent(this.#honest.handle(from, message));
    if (extra.length === 0) return effects;
    return [...effects, ...extra.map((answer) => ({ kind: 'send', to: from, message: answer }) as const)];
  }

  linkUp(peer: NodeId): readonly MemberEffect[] {
    return this.#bent(this.#honest.linkUp(peer));
  }

  linkDown(peer: NodeId): void {
    this.#honest.linkDown(peer);
  }

  tick(): readonly MemberEffect[] {
    return this.#bent(this.#honest.tick());
  }

  flush(): readonly MemberEffect[] {
    return this.#bent(this.#honest.flush());
  }

  /** What binds an honest member is recorded as if it were one; what it sends, and answers from its log, is not. */
  #bent(effects: readonly MemberEffect[]): readonly MemberEffect[] {
    return effects.flatMap((effect): readonly MemberEffect[] => {
      if (effect.kind === 'recall' || effect.kind === 'recall-payload') return [];
      if (effect.kind !== 'send') return [effect];
      return this.#bend(effect.to, effect.message).map((message) => ({
        kind: 'send',
        to: effect.to,
        message,
      }));
    });
  }
}
