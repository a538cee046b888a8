import type { HistoryMessage } from '../codec/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';

/** Ticks that a stream must stand still, f+1 peers keeping nothing of what it needs, before instances are skipped. */
export const BEYOND_TICKS = 40;
/** The same where fewer say so: others may still come that keep it. */
export const MIXED_TICKS = 400;
/** Ticks between two questions. */
const ASK_TICKS = 10;

/** What this member knows of one sender's stream as others keep it. */
interface Sender {
  /** By peer: the lowest instance that it keeps. Never falls. */
  readonly horizons: Map<NodeId, number>;
  /** The instance that was asked about last; 0 if none was. */
  asked: number;
  /** By peer: how many messages it says came before that instance. Its first answer counts. */
  readonly counts: Map<NodeId, number>;
  base: number;
  sinceTick: number;
  askedTick: number;
  attempts: number;
}

/**
 * The way in for a member that was away for longer than others keep what they delivered. When a stream stands still and
 * f+1 peers say that they keep nothing of what comes next (or, for longer, when f+1 have it and any does not keep it), it
 * asks all peers how many messages came before some later
 * instance. f+1 equal answers hold a correct one, who has delivered all of them: from there the stream goes on, and what
 * lies between is skipped. `docs/protocols/streams.md` has the argument.
 */
export class History {
  readonly #committee: Committee;
  /** By sender: undefined while no peer has said that it lacks anything of it. */
  readonly #senders: (Sender | undefined)[];

  constructor(committee: Committee) {
    this.#committee = committee;
    this.#senders = new Array<undefined>(committee.n).fill(undefined);
  }

  /** Whether f+1 peers keep nothing of the instance at `base`: so one correct one does not. */
  isBeyond(sender: NodeId, base: number): boolean {
    return this.#claims(this.#senders[sender], base).length > this.#committee.f;
  }

  /** Peers that keep nothing of the instance at `base`. */
  withoutIt(sender: NodeId, base: number): readonly NodeId[] {
    return [...(this.#senders[sender]?.horizons ?? [])].flatMap(([peer, from]) =>
      from > base ? [peer] : [],
    );
  }

  /**
   * Takes in what a peer says. With enough equal answers, the number of the first message of `instance`: the stream can go
   * on there. `conflict`: the peer answers the same question in two ways.
   */
  heard(
    from: NodeId,
    sender: NodeId,
    instance: number,
    body: HistoryMessage,
  ): number | 'conflict' | undefined {
    if (body.kind === 'ask') return undefined;
    if (body.kind === 'horizon') {
      const { horizons } = this.#stateOf(sender);
      horizons.set(from, Math.max(instance, horizons.get(from) ?? 0));
      return undefined;
    }
    const state = this.#senders[sender];
    if (state === undefined || instance !== state.asked) return undefined;
    const before = state.counts.get(from);
    if (before !== undefined) return before === body.messages ? undefined : 'conflict';
    state.counts.set(from, body.messages);
    const equal = [...state.counts.values()].filter((messages) => messages === body.messages).length;
    return equal < this.#committee.quorums.adopt ? undefined : body.messages + 1;
  }

  /**
   * The instance to ask all peers about now; undefined mostly. `behind`: how many instances f+1 members say they
   * delivered that are missing here.
   */
  question(sender: NodeId, base: number, tick: number, behind: () => number): number | undefined {
    const state = this.#senders[sender];
    if (state === undefined) return undefined;
    const claims = this.#claims(state, base);
    const { f } = this.#committee;
    if (base !== state.base || claims.length === 0 || (claims.length <= f && behind() === 0)) {
      state.base = base;
      state.sinceTick = tick;
      state.attempts = 0;
      forget(state, 0);
      return undefined;
    }
    // Where some keep it and too few of them are up, it may still come.
    const patience = claims.length > f ? BEYOND_TICKS : MIXED_TICKS;
    if (tick - state.sinceTick < patience || tick - state.askedTick < ASK_TICKS) return undefined;
    // As little as possible is skipped: from the lowest claim that a correct member can stand behind, upwards.
    const from = Math.min(f, claims.length - 1);
    const instance = claims[from + (state.attempts % (claims.length - from))] ?? base;
    state.attempts += 1;
    state.askedTick = tick;
    if (instance !== state.asked) forget(state, instance);
    return instance;
  }

  #stateOf(sender: NodeId): Sender {
    const known = this.#senders[sender];
    if (known !== undefined) return known;
    const state = {
      horizons: new Map<NodeId, number>(),
      asked: 0,
      counts: new Map<NodeId, number>(),
      base: 0,
      sinceTick: 0,
      askedTick: Number.NEGATIVE_INFINITY,
      attempts: 0,
    };
    this.#senders[sender] = state;
    return state;
  }

  /** What peers claim to keep from, where that is beyond `base`, the lowest first. */
  #claims(state: Sender | undefined, base: number): number[] {
    return [...(state?.horizons.values() ?? [])].filter((from) => from > base).sort((a, b) => a - b);
  }
}

function forget(state: Sender, asked: number): void {
  state.asked = asked;
  state.counts.clear();
}
