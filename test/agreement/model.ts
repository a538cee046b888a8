import type { BinaryAgreement, BinaryAgreementOptions, Decision } from '../../src/agreement/index.ts';
import type { Bit } from '../../src/base/index.ts';
import type { AgreementMessage } from '../../src/codec/index.ts';
import type { Coin } from '../../src/coin/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import type { Effects } from '../../src/protocol/index.ts';
import type { Model } from '../../src/simulator/index.ts';
import { SCOPE } from './subject.ts';

// One agreement of three correct members and a liar, to the last state. The members are the real machines. What makes that
// possible:
//
// - A vote that changes nothing yet can as well arrive together with the one that does. So a step hands a member several
//   votes of one kind at once, and counts only if the member says something new or comes to back a value.
// - Senders are alike: how many votes of each kind have arrived decides, not whose they are. The liar can be one of them for
//   each kind and value, and says to each member what it likes.
// - The adversary is assumed to know every coin from the start, so shares need not travel.
// - DECIDE does two things. It is a vote for its value in all later rounds: so whoever decided counts as having said all of
//   them there, and the liar's is the votes that it could say anyway. And f+1 of them make a member adopt: the liar has one of
//   either value ready, so a member may hear one at any time, and f+1 as soon as a correct one has decided.

/** Makes the machine under exploration; another one for a mutant. */
export type MakeMachine = (options: BinaryAgreementOptions) => BinaryAgreement;

const COMMITTEE = new Committee(4, 1);
const CORRECT = [0, 1, 2] as const;
const OTHERS = 3;

/** What is explored. */
export interface Exploration {
  readonly make: MakeMachine;
  readonly inputs: readonly [Bit, Bit, Bit];
  /** By round; undefined: never shows, so that members stay in that round. */
  readonly coins: readonly (Bit | undefined)[];
}

/** Votes of one kind in one round that arrive together: how many of each value, for CONF of each mask. */
interface Step {
  readonly round: number;
  readonly kind: 'bval' | 'aux' | 'conf' | 'decide';
  readonly counts: readonly number[];
}

/** What others can see of a member in one round. */
interface RoundLook {
  readonly bvals: readonly [boolean, boolean];
  readonly aux: Bit | undefined;
  readonly conf: number;
  readonly outcome: number;
}

/** A correct member in one state. */
interface Known {
  readonly path: readonly Step[];
  readonly rounds: readonly RoundLook[];
  /** By round: BVALs of others that arrived, by value. */
  readonly arrived: readonly (readonly number[])[];
  readonly decision: Bit | undefined;
  /** By step: the state after it; itself if that changes nothing. */
  readonly next: Map<string, number>;
}

function openCoin(shows: readonly (Bit | undefined)[]): Coin {
  return {
    common: true,
    shareBytesMax: 0,
    toss: ({ round }) => ({ share: () => undefined, add: () => 'surplus', value: () => shows[round - 1] }),
  };
}

/** Up to `max` votes in all, spread over so many values. */
function spreads(values: number, max: number): number[][] {
  if (values === 0) return [[]];
  const all: number[][] = [];
  for (let first = 0; first <= max; first += 1)
    for (const rest of spreads(values - 1, max - first)) all.push([first, ...rest]);
  return all;
}

const BVAL_STEPS = spreads(2, OTHERS).filter(([zero = 0, one = 0]) => zero > 0 !== one > 0);
const AUX_STEPS = spreads(2, OTHERS).filter((counts) => counts.some((count) => count > 0));
const CONF_STEPS = spreads(3, OTHERS).filter((counts) => counts.some((count) => count > 0));

/** A round after all that are explored. */
const BEYOND = 1_000;
const DECIDE_STEPS = ([0, 1] as const).flatMap((value) =>
  [1, COMMITTEE.quorums.support].map((count) => ({
    ...{ value, count },
    step: { round: BEYOND, kind: 'decide', counts: value === 0 ? [count, 0] : [0, count] } as const,
  })),
);

/** A correct member as a table that is filled as far as the search goes. */
class Table {
  readonly #exploration: Exploration;
  readonly #self: NodeId;
  readonly #ids = new Map<string, number>();
  readonly known: Known[] = [];

  constructor(exploration: Exploration, self: NodeId) {
    this.#exploration = exploration;
    this.#self = self;
    this.#intern([]);
  }

  at(state: number): Known {
    const known = this.known[state];
    if (known === undefined) throw new Error('no such state');
    return known;
  }

  after(state: number, step: Step): number {
    const known = this.at(state);
    const key = `${step.round}${step.kind}${step.counts.join()}`;
    const next = known.next.get(key) ?? this.#intern([...known.path, step], state);
    known.next.set(key, next);
    return next;
  }

  /** The state that a path leads to; `before` if its last step changed nothing that can be seen or counted on. */
  #intern(path: readonly Step[], before?: number): number {
    const known = this.#play(path);
    const bins = known.rounds.map((_, at) =>
      (known.arrived[at] ?? []).map((n, v) => n + Number(known.rounds[at]?.bvals[v as Bit]) > 2),
    );
    const seen = JSON.stringify([known.rounds, known.decision, bins]);
    if (before !== undefined && this.#seen[before] === seen) return before;
    // Of rounds that are left, and of values that were said and backed, no more BVALs are needed.
    const counts = known.arrived.map((arrived, at) =>
      at + 1 < known.rounds.length ? 0 : arrived.map((count, v) => (bins[at]?.[v] ? 9 : count)),
    );
    const key = seen + JSON.stringify(counts);
    const id = this.#ids.get(key) ?? this.known.length;
    if (id < this.known.length) return id;
    this.#ids.set(key, id);
    this.known.push(known);
    this.#seen.push(seen);
    return id;
  }

  readonly #seen: string[] = [];

  #play(path: readonly Step[]): Known {
    const { make, inputs, coins } = this.#exploration;
    const self = this.#self;
    const machine = make({ committee: COMMITTEE, self, coin: openCoin(coins), scope: SCOPE });
    const said: AgreementMessage[] = [];
    const outcomes: number[] = [];
    const carry = (effects: Effects<AgreementMessage, Decision>): void => {
      for (const effect of effects) {
        if (effect.kind !== 'broadcast') continue;
        said.push(effect.message);
        carry(machine.handle(self, effect.message));
      }
      const { round, outcome } = machine.inspect();
      if (outcome !== undefined) outcomes[round] = outcome;
    };
    carry(machine.propose(inputs[self as 0 | 1 | 2] ?? 0));
    const others = COMMITTEE.ids.filter((id) => id !== self);
    const used = new Map<string, number>();
    const arrived = coins.map(() => [0, 0]);
    for (const { round, kind, counts } of path) {
      if (kind === 'decide') {
        const value = counts[0] === 0 ? 1 : 0;
        // As votes they are handed over one by one; here of a round that nobody comes to.
        for (const from of others.slice(0, Math.max(...counts)))
          carry(machine.handle(from, { kind, round: BEYOND, value }));
        continue;
      }
      counts.forEach((count, place) => {
        for (let i = 0; i < count; i += 1) {
          const slot = kind === 'bval' ? `${round}${kind}${place}` : `${round}${kind}`;
          const from = others[used.get(slot) ?? 0];
          used.set(slot, (used.get(slot) ?? 0) + 1);
          if (kind === 'bval') (arrived[round - 1] ?? [])[place] = (arrived[round - 1]?.[place] ?? 0) + 1;
          if (from === undefined) continue;
          if (kind === 'conf')
            carry(machine.handle(from, { kind, round, values: [1, 2, 3][place] as 1 | 2 | 3 }));
          else carry(machine.handle(from, { kind, round, value: place as Bit }));
        }
      });
    }
    const { round: current, decision } = machine.inspect();
    const rounds = Array.from({ length: Math.min(current, coins.length) }, (_, at): RoundLook => {
      const mine = said.filter(({ kind, round }) => kind !== 'decide' && round === at + 1);
      const bval = (value: Bit): boolean => mine.some((m) => m.kind === 'bval' && m.value === value);
      const aux = mine.find((message) => message.kind === 'aux');
      const conf = mine.find((message) => message.kind === 'conf');
      return {
        bvals: [bval(0), bval(1)],
        aux: aux?.kind === 'aux' ? aux.value : undefined,
        conf: conf?.kind === 'conf' ? conf.values : 0,
        outcome: outcomes[at + 1] ?? 0,
      };
    });
    return { path, rounds, arrived, decision: decision?.value, next: new Map() };
  }
}

/** A state is one word for each correct member. */
export class AgreementModel implements Model {
  readonly words = CORRECT.length;
  readonly tables: readonly Table[];
  readonly #inputs: readonly Bit[];

  constructor(exploration: Exploration) {
    this.#inputs = exploration.inputs;
    this.tables = CORRECT.map((id) => new Table(exploration, COMMITTEE.member(id)));
  }

  start(emit: (state: Uint32Array) => void): void {
    emit(new Uint32Array(this.words));
  }

  expand(state: Uint32Array, emit: (state: Uint32Array) => void): readonly string[] {
    const next = new Uint32Array(state);
    const members = this.#members(state);
    for (const to of CORRECT) {
      const own = state[to] ?? 0;
      const table = this.tables[to];
      const others = members.filter((_, id) => id !== to);
      for (const step of this.#steps(members[to], others)) {
        const after = table?.after(own, step) ?? own;
        if (after === own) continue;
        next[to] = after;
        emit(next);
      }
      next[to] = own;
    }
    return this.#broken(members);
  }

  describe(states: readonly Uint32Array[]): string[] {
    return states.map((state) => JSON.stringify(this.#members(state).map(({ rounds }) => rounds)));
  }

  /** Of each correct member: what its first round left it with; 0 before. */
  outcomes(state: Uint32Array): number[] {
    return this.#members(state).map(({ rounds }) => rounds[0]?.outcome ?? 0);
  }

  /** What can reach a member now: what the others said, and a vote of the liar in each place. */
  *#steps(member: Known | undefined, others: readonly Known[]): Generator<Step> {
    if (member === undefined) return;
    const current = member.rounds.length;
    const decided = (value: Bit): number => others.filter(({ decision }) => decision === value).length;
    for (const { value, count, step } of DECIDE_STEPS)
      if (member.decision === undefined && count <= decided(value) + 1) yield step;
    for (let round = 1; round <= current; round += 1) {
      const looks = others.map((other) => lookOf(other, round));
      for (const counts of BVAL_STEPS) {
        const place = counts[0] === 0 ? 1 : 0;
        const here = member.arrived[round - 1]?.[place] ?? 0;
        const sayers = looks.filter((look) => look?.bvals[place]).length;
        if (here + (counts[place] ?? 0) <= sayers + 1) yield { round, kind: 'bval', counts };
      }
    }
    const own = member.rounds[current - 1];
    const looks = others.map((other) => lookOf(other, current));
    if (own?.aux !== undefined && own.conf === 0) {
      const said = [0, 1].map((value) => looks.filter((look) => look?.aux === value).length);
      for (const counts of AUX_STEPS)
        if (lacking(counts, said) <= 1) yield { round: current, kind: 'aux', counts };
    }
    if (own !== undefined && own.conf !== 0 && own.outcome === 0) {
      const said = [1, 2, 3].map((mask) => looks.filter((look) => look?.conf === mask).length);
      for (const counts of CONF_STEPS)
        if (lacking(counts, said) <= 1) yield { round: current, kind: 'conf', counts };
    }
  }

  #members(state: Uint32Array): Known[] {
    return CORRECT.flatMap((id) => this.tables[id]?.at(state[id] ?? 0) ?? []);
  }

  #broken(members: readonly Known[]): string[] {
    const decided = members.flatMap(({ decision }) => decision ?? []);
    const broken: string[] = [];
    if (new Set(decided).size > 1) broken.push('agreement');
    if (decided.some((value) => !this.#inputs.includes(value))) broken.push('validity');
    for (let round = 0; round < 2; round += 1) {
      const outcomes = new Set(members.map((one) => one.rounds[round]?.outcome ?? 0));
      if (outcomes.has(1) && outcomes.has(2)) broken.push('one value comes out of a round');
    }
    return broken;
  }
}

/** What a member has said of a round; if it decided before that, its DECIDE says it. */
function lookOf({ rounds, decision }: Known, round: number): RoundLook | undefined {
  const look = rounds[round - 1];
  if (look !== undefined || decision === undefined) return look;
  return {
    bvals: [decision === 0, decision === 1],
    aux: decision,
    conf: decision === 0 ? 1 : 2,
    outcome: 0,
  };
}

/** How many of these votes no correct member said: the liar has one. */
function lacking(counts: readonly number[], said: readonly number[]): number {
  return counts.reduce((sum, count, place) => sum + Math.max(0, count - (said[place] ?? 0)), 0);
}

/** What a search for unbound rounds found. */
export interface Binding {
  readonly states: number;
  /** States in which a member has left the CONFs behind, and from which 0 alone can still come out as well as 1 alone. */
  readonly unbound: number;
}

/**
 * Whether the first round is bound when its coin can first be known: explores it to the last state, and then looks from
 * each state at what can still come out of it.
 */
export function explorePastReveal(make: MakeMachine, inputs: readonly [Bit, Bit, Bit]): Binding {
  const model = new AgreementModel({ make, inputs, coins: [undefined] });
  const ids = new Map<string, number>();
  const states: Uint32Array[] = [];
  const edges: number[][] = [];
  const add = (state: Uint32Array): number => {
    const key = String(state);
    const id = ids.get(key) ?? states.length;
    if (id === states.length) {
      ids.set(key, id);
      states.push(new Uint32Array(state));
      edges.push([]);
    }
    return id;
  };
  model.start(add);
  for (let at = 0; at < states.length; at += 1) {
    const state = states[at];
    if (state !== undefined) model.expand(state, (next) => edges[at]?.push(add(next)));
  }
  const outcomes = states.map((state) => model.outcomes(state));
  const reach = outcomes.map((all) => (all.includes(1) ? 1 : 0) | (all.includes(2) ? 2 : 0));
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = states.length - 1; at >= 0; at -= 1) {
      const all = (edges[at] ?? []).reduce((mask, to) => mask | (reach[to] ?? 0), reach[at] ?? 0);
      if (all !== reach[at]) changed = true;
      reach[at] = all;
    }
  }
  const unbound = outcomes.filter((all, at) => all.some((one) => one !== 0) && reach[at] === 3).length;
  return { states: states.length, unbound };
}
