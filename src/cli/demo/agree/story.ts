import { decodeBracha87 } from '../../../agreement/index.ts';
import type { Committee } from '../../../committee/index.ts';
import type { AgreementEffect, AgreementParticipant } from '../../../member/index.ts';

/** What one member said and tossed in one phase. */
export interface PhaseStory {
  readonly phase: number;
  /** Values of the steps that it came to: plain, or (d,0) and (d,1). */
  readonly said: readonly string[];
  /** The coin at its end, if it tossed one. */
  readonly coin: 0 | 1 | undefined;
}

/** Listens to one member: what it states of its own, phase by phase, and its coins. */
export class Story {
  readonly #committee: Committee;
  readonly #self: number;
  readonly #said: string[][] = [];
  readonly #coins: (0 | 1 | undefined)[] = [];

  constructor(committee: Committee, self: number) {
    this.#committee = committee;
    this.#self = self;
  }

  get phases(): readonly PhaseStory[] {
    return this.#said.map((said, index) => ({ phase: index + 1, said, coin: this.#coins[index] }));
  }

  /** The coins of this member pass through here: `phase` is the one that it ends. */
  tossed(phase: number, coin: 0 | 1): void {
    this.#coins[phase - 1] = coin;
  }

  /** Stands in front of a member and changes nothing. */
  listen(member: AgreementParticipant): AgreementParticipant {
    const heard = (effects: readonly AgreementEffect[]): readonly AgreementEffect[] => {
      for (const effect of effects) if (effect.kind === 'stated') this.#hear(effect.statement);
      return effects;
    };
    return {
      restore: (memory) => heard(member.restore(memory)),
      propose: (topic, value) => heard(member.propose(topic, value)),
      handle: (from, word) => heard(member.handle(from, word)),
      linkUp: (peer) => heard(member.linkUp(peer)),
      linkDown: (peer) => member.linkDown(peer),
      tick: () => heard(member.tick()),
    };
  }

  #hear(statement: Uint8Array): void {
    const decoded = decodeBracha87(statement, this.#committee);
    const message = decoded.ok ? decoded.value : undefined;
    if (message?.kind !== 'step' || message.sender !== this.#self || message.body.kind !== 'initial') return;
    const { value } = message.body;
    const said = this.#said[message.phase - 1] ?? [];
    this.#said[message.phase - 1] = said;
    said[message.step - 1] = value < 2 ? String(value) : `(d,${value - 2})`;
  }
}
