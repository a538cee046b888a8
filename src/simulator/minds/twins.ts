import type { MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { Member, type MemberEffect, type MemberOptions, type Participant } from '../../member/index.ts';
import type { MindContext, MindFactory } from '../world/index.ts';

/**
 * Two honest members under one key, each with links to a part of the others. Both follow the protocol to the letter;
 * together they contradict themselves. [Bano et al., Twins, 2021]
 */
class TwinParticipant implements Participant {
  readonly #options: MemberOptions;
  readonly #twins: [Member, Member];
  readonly #side: number[];
  readonly #up = new Set<NodeId>();
  #pending: MemberEffect[] = [];

  constructor(context: MindContext, honest: Member) {
    this.#options = {
      committee: context.committee,
      self: honest.self,
      form: context.form,
      limits: context.limits,
      hasher: context.hasher,
    };
    this.#twins = [new Member(this.#options), new Member(this.#options)];
    this.#side = context.committee.ids.map(() => context.prng.below(2));
  }

  /** One peer changes over to the other twin. */
  swap(peer: NodeId): void {
    if (!this.#up.has(peer)) return;
    const side = this.#side[peer] ?? 0;
    this.#twins[side]?.linkDown(peer);
    this.#side[peer] = 1 - side;
    this.#pending.push(...this.#of(peer).linkUp(peer));
  }

  /** One twin forgets everything it ever said. */
  forget(twin: 0 | 1): void {
    this.#twins[twin] = new Member(this.#options);
    for (const peer of this.#up) {
      if (this.#side[peer] === twin) this.#pending.push(...this.#twins[twin].linkUp(peer));
    }
  }

  restore(): readonly MemberEffect[] {
    return [];
  }

  /** Each twin has a client of its own: the other one broadcasts something else. */
  submit(message: Uint8Array): number {
    this.#twins[1].submit(message.map((byte) => byte ^ 1));
    return this.#twins[0].submit(message);
  }

  handle(from: NodeId, message: MemberMessage): readonly MemberEffect[] {
    return this.#sends(from, this.#of(from).handle(from, message));
  }

  linkUp(peer: NodeId): readonly MemberEffect[] {
    this.#up.add(peer);
    return this.#sends(peer, this.#of(peer).linkUp(peer));
  }

  linkDown(peer: NodeId): void {
    this.#up.delete(peer);
    this.#of(peer).linkDown(peer);
  }

  tick(): readonly MemberEffect[] {
    return this.#twins.flatMap((twin, side) => this.#sendsOf(side, twin.tick()));
  }

  flush(): readonly MemberEffect[] {
    const pending = this.#pending;
    this.#pending = [];
    return [...pending, ...this.#twins.flatMap((twin, side) => this.#sendsOf(side, twin.flush()))];
  }

  #of(peer: NodeId): Member {
    return this.#twins[this.#side[peer] === 1 ? 1 : 0];
  }

  #sends(peer: NodeId, effects: readonly MemberEffect[]): readonly MemberEffect[] {
    return this.#sendsOf(this.#side[peer] ?? 0, effects);
  }

  /** Neither twin keeps anything: what is sent is all there is of them. */
  #sendsOf(side: number, effects: readonly MemberEffect[]): readonly MemberEffect[] {
    return effects.filter((effect) => effect.kind === 'send' && this.#side[effect.to] === side);
  }
}

function twinMind(amnesia: boolean): MindFactory {
  return (context) => {
    const twins: TwinParticipant[] = [];
    return {
      participant: (honest) => {
        const twin = new TwinParticipant(context, honest);
        twins.push(twin);
        return twin;
      },
      act: () => {
        // In a mixture another mind may have got the members.
        if (twins.length === 0) return;
        const twin = context.prng.pick(twins);
        if (amnesia && context.prng.chance(1, 12)) twin.forget(1);
        else if (context.prng.chance(1, 6)) twin.swap(context.prng.pick(context.correct));
      },
    };
  };
}

/** Two honest copies under one key. */
export const twins: MindFactory = twinMind(false);

/** As `twins`, and one of them forgets all it said, now and then. */
export const amnesiaTwins: MindFactory = twinMind(true);
