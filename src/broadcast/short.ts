import { assert, UsageError } from '../base/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import { type Effect, type Effects, type FaultCode, NOTHING, type Protocol } from '../protocol/index.ts';
import type { Rules } from './rules.ts';

/** What members say in one instance of `ShortBroadcast`. All of it binds. */
export interface ShortMessage {
  readonly kind: 'initial' | 'echo' | 'ready';
  /** An integer, 0 <= value < `values`. */
  readonly value: number;
}

/** What one instance needs to know. */
export interface ShortBroadcastOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  /** Whose broadcast this is. */
  readonly sender: NodeId;
  readonly rules: Rules;
  /** How many values there are: an integer, 1 <= values <= 127. */
  readonly values: number;
}

type Out = Effect<ShortMessage, number>;
type Outs = Effects<ShortMessage, number>;

/**
 * Reliable broadcast of one small number, which travels in the votes themselves: Figure 1 of Bracha 1987 as it is
 * printed, without digests, and so without anything to hold or to pull. Thresholds are those of `Bracha`.
 *
 * Holds 2n bytes and a few counters, whatever peers send. The vote that crosses no threshold allocates nothing.
 */
export class ShortBroadcast implements Protocol<number, ShortMessage, number> {
  readonly #options: ShortBroadcastOptions;
  /** By member: the value of its first vote, or `NONE`. */
  readonly #echoes: Int8Array;
  readonly #readies: Int8Array;
  /** By value: ECHOs that count, and READYs. */
  readonly #echoCounts: Uint16Array;
  readonly #readyCounts: Uint16Array;
  /** What this member proposed, and what the sender's first INITIAL said. */
  #proposed = NONE;
  #first = NONE;
  /** The sender contradicted itself: said once, and no INITIAL is looked at any more. */
  #initialClosed = false;
  /** Invariant: each of these latches is set before the statement it stands for is emitted, and never cleared. */
  #echoed = NONE;
  #readied = NONE;
  #delivered = NONE;

  constructor(options: ShortBroadcastOptions) {
    const { committee, values } = options;
    assert(Number.isInteger(values) && values >= 1 && values <= 127, 'short broadcast: values out of range');
    this.#options = options;
    this.#echoes = new Int8Array(committee.n).fill(NONE);
    this.#readies = new Int8Array(committee.n).fill(NONE);
    this.#echoCounts = new Uint16Array(values);
    this.#readyCounts = new Uint16Array(values);
  }

  /** Set with delivery: READY was said by then, and nothing more is due to others but repetition. */
  get terminated(): boolean {
    return this.#delivered !== NONE;
  }

  /** What this member proposed; undefined if nothing. */
  get proposed(): number | undefined {
    return this.#proposed === NONE ? undefined : this.#proposed;
  }

  /** Broadcasts `value`. @throws UsageError if not the sender's, twice, or no value. */
  propose(value: number): Outs {
    const { self, sender, values } = this.#options;
    if (self !== sender)
      throw new UsageError(`member ${self} cannot propose in an instance of member ${sender}`);
    if (this.#proposed !== NONE) throw new UsageError('this instance has its value already');
    if (!isValue(value, values)) throw new UsageError(`${value} is no value: 0 <= value < ${values}`);
    this.#proposed = value;
    return [{ kind: 'broadcast', message: { kind: 'initial', value } }];
  }

  handle(from: NodeId, { kind, value }: ShortMessage): Outs {
    if (this.#delivered !== NONE) return NOTHING;
    if (!isValue(value, this.#options.values)) return accuse(from, 'invalid-payload');
    switch (kind) {
      case 'initial':
        return this.#onInitial(from, value);
      case 'echo':
        return this.#onVote(this.#echoes, from, value, 'conflicting-echo');
      case 'ready':
        return this.#onVote(this.#readies, from, value, 'conflicting-ready');
    }
  }

  /** `said`: INITIAL, ECHO and READY of this member as they left it. */
  restore(said: readonly ShortMessage[]): Outs {
    assert(this.#first === NONE && this.#echoed === NONE, 'restore comes before any other call');
    const { self } = this.#options;
    for (const { kind, value } of said) {
      if (kind === 'initial') {
        this.#proposed = value;
        this.#first = value;
      } else if (kind === 'echo' && this.#echoed === NONE) {
        this.#echoed = value;
        this.#first = value;
        this.#count(this.#echoes, self, value);
      } else if (kind === 'ready' && this.#readied === NONE) {
        this.#readied = value;
        this.#count(this.#readies, self, value);
      }
    }
    const effects: Out[] = [];
    if (this.#proposed !== NONE && this.#echoed === NONE) this.#sayEcho(this.#proposed, effects);
    for (let value = 0; value < this.#options.values; value += 1) {
      if (this.#due(value)) this.#act(value, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** All that this member said, to be repeated to a peer that may have lost it: repeating does no harm. */
  said(): readonly ShortMessage[] {
    const said: ShortMessage[] = [];
    if (this.#proposed !== NONE) said.push({ kind: 'initial', value: this.#proposed });
    if (this.#echoed !== NONE) said.push({ kind: 'echo', value: this.#echoed });
    if (this.#readied !== NONE) said.push({ kind: 'ready', value: this.#readied });
    return said;
  }

  #onInitial(from: NodeId, value: number): Outs {
    if (from !== this.#options.sender) return accuse(from, 'not-the-sender');
    if (this.#initialClosed || this.#first === value) return NOTHING;
    if (this.#first !== NONE) {
      this.#initialClosed = true;
      return accuse(from, 'equivocation');
    }
    this.#first = value;
    if (this.#echoed !== NONE) return NOTHING;
    const effects: Out[] = [];
    this.#sayEcho(value, effects);
    return effects;
  }

  #onVote(votes: Int8Array, from: NodeId, value: number, conflict: FaultCode): Outs {
    const earlier = votes[from] ?? NONE;
    if (earlier !== NONE) return earlier === value ? NOTHING : accuse(from, conflict);
    this.#count(votes, from, value);
    if (!this.#due(value)) return NOTHING;
    const effects: Out[] = [];
    this.#act(value, effects);
    return effects;
  }

  #count(votes: Int8Array, from: NodeId, value: number): void {
    votes[from] = value;
    const counts = votes === this.#echoes ? this.#echoCounts : this.#readyCounts;
    const { rules, sender } = this.#options;
    if (votes === this.#echoes && from === sender && !rules.countsSenderEcho) return;
    counts[value] = (counts[value] ?? 0) + 1;
  }

  /** Whether the counts of this value call for anything not yet done. */
  #due(value: number): boolean {
    return (this.#readied === NONE && this.#readyDue(value)) || this.#deliveryDue(value);
  }

  #act(value: number, effects: Out[]): void {
    // Figure 1, wait 1, in the early form too: who delivers without ECHO leaves others one short. Nothing has to be held
    // to vouch for a value that stands in the votes.
    if (this.#echoed === NONE && this.#readyDue(value)) this.#sayEcho(value, effects);
    if (this.#readied === NONE && this.#readyDue(value)) {
      this.#readied = value;
      effects.push({ kind: 'broadcast', message: { kind: 'ready', value } });
    }
    if (!this.#deliveryDue(value)) return;
    this.#delivered = value;
    effects.push({ kind: 'output', output: value });
  }

  #readyDue(value: number): boolean {
    const { echo, amplify } = this.#options.rules;
    return (this.#echoCounts[value] ?? 0) >= echo || (this.#readyCounts[value] ?? 0) >= amplify;
  }

  #deliveryDue(value: number): boolean {
    const { deliver, deliverEarly } = this.#options.rules;
    if ((this.#readyCounts[value] ?? 0) >= deliver) return true;
    return deliverEarly !== undefined && (this.#echoCounts[value] ?? 0) >= deliverEarly;
  }

  #sayEcho(value: number, effects: Out[]): void {
    this.#echoed = value;
    effects.push({ kind: 'broadcast', message: { kind: 'echo', value } });
  }
}

function accuse(accused: NodeId, code: FaultCode): Outs {
  return [{ kind: 'fault', accused, code }];
}

function isValue(value: number, values: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < values;
}

/** No vote, no statement. */
const NONE = -1;
