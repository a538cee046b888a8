import type { Bit } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { bitOf, type Counts, STEPS, type Step, type StepValue } from './steps.ts';
import { validInNextStep1, validInStep2, validInStep3 } from './validation.ts';

/** What came of one step: what was broadcast, by member, and how much of it is valid. 2n bytes and two counts. */
class StepRecord {
  /** By member: what its broadcast delivered, or `NONE`. */
  readonly values: Int8Array;
  /** By member: whether that is valid. */
  readonly valid: Uint8Array;
  readonly counts: [number, number, number, number] = [0, 0, 0, 0];
  size = 0;
  /** The counts of the first n-f valid messages: what a member acts on. */
  quorum: Counts | undefined;

  constructor(n: number) {
    this.values = new Int8Array(n).fill(NONE);
    this.valid = new Uint8Array(n);
  }
}

/** What a step looks like from here, for people. */
export interface StepView {
  /** Members whose message is valid, with what it says. */
  readonly valid: readonly { readonly member: NodeId; readonly value: StepValue }[];
  /** Members whose message has come and is not valid, so far. */
  readonly unjustified: readonly NodeId[];
  /** Members of which nothing has come. */
  readonly missing: readonly NodeId[];
}

/**
 * The messages of all steps and which of them are valid: such as a correct member can have sent, given what is valid of
 * the step before. [Bracha 1987, the sets VALID] Whenever a set grows, what waits for it is looked at again.
 */
export class Ledger {
  readonly #committee: Committee;
  /** By phase and step, from phase 1 on: three a phase. */
  readonly #steps: (StepRecord | undefined)[] = [];

  constructor(committee: Committee) {
    this.#committee = committee;
  }

  /** The broadcast of `member` in this step delivered `value`. At most once for each. */
  accept(phase: number, step: Step, member: NodeId, value: StepValue): void {
    let at = indexOf(phase, step);
    this.#record(at).values[member] = value;
    if (!this.#admit(at, member)) return;
    do at += 1;
    while (this.#admitAll(at));
  }

  /** The counts of the first n-f valid messages of a step; undefined while there are fewer. */
  quorum(phase: number, step: Step): Counts | undefined {
    return this.#steps[indexOf(phase, step)]?.quorum;
  }

  inspect(phase: number, step: Step): StepView {
    const record = this.#steps[indexOf(phase, step)];
    const { ids } = this.#committee;
    const saidBy = (id: NodeId): number => record?.values[id] ?? NONE;
    const isValid = (id: NodeId): boolean => record?.valid[id] === 1;
    return {
      valid: ids.filter(isValid).map((member) => ({ member, value: asValue(saidBy(member)) })),
      unjustified: ids.filter((id) => saidBy(id) !== NONE && !isValid(id)),
      missing: ids.filter((id) => saidBy(id) === NONE),
    };
  }

  /** Looks again at all that waits in a step. True if any of it has become valid. */
  #admitAll(at: number): boolean {
    let grown = false;
    if (this.#steps[at] === undefined) return grown;
    for (const member of this.#committee.ids) if (this.#admit(at, member)) grown = true;
    return grown;
  }

  /** Makes the message of `member` valid if it has come, is not yet, and can be. */
  #admit(at: number, member: NodeId): boolean {
    const record = this.#steps[at];
    const value = record?.values[member] ?? NONE;
    if (record === undefined || value === NONE || record.valid[member] === 1) return false;
    const said = asValue(value);
    if (!this.#justified(at, member, said)) return false;
    record.valid[member] = 1;
    record.counts[said] += 1;
    record.size += 1;
    if (record.size === this.#committee.quorums.correct) record.quorum = [...record.counts];
    return true;
  }

  #justified(at: number, member: NodeId, value: StepValue): boolean {
    if (at === 0) return true;
    const before = this.#steps[at - 1];
    if (before === undefined) return false;
    switch (at % STEPS.length) {
      case 0:
        return validInNextStep1(this.#committee, before.counts, bitOf(value));
      case 1:
        return validInStep2(this.#committee, before.counts, bitOf(value));
      default:
        return validInStep3(this.#committee, before.counts, value, ownOf(before, member));
    }
  }

  #record(at: number): StepRecord {
    const known = this.#steps[at];
    if (known !== undefined) return known;
    const record = new StepRecord(this.#committee.n);
    this.#steps[at] = record;
    return record;
  }
}

/** What `member` validly said in a step. */
function ownOf(record: StepRecord, member: NodeId): Bit | undefined {
  return record.valid[member] === 1 ? bitOf(asValue(record.values[member] ?? NONE)) : undefined;
}

function indexOf(phase: number, step: Step): number {
  return (phase - 1) * STEPS.length + step - 1;
}

function asValue(value: number): StepValue {
  return value === 1 || value === 2 || value === 3 ? value : 0;
}

/** Nothing has come. */
const NONE = -1;
