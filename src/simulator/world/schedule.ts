import { assert, type Prng } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Scenario } from './scenario.ts';

/** What a rank may go by. */
export interface Route {
  readonly from: NodeId;
  readonly to: NodeId;
  /** How many were sent before it. */
  readonly order: number;
  readonly kind: string;
}

/** The same, of one message after another: good until the next call of `of`. */
export class MovingRoute implements Route {
  from: NodeId;
  to: NodeId;
  order = 0;
  kind = '';

  constructor(member: NodeId) {
    this.from = member;
    this.to = member;
  }

  of(from: NodeId, to: NodeId, order: number, kind = ''): this {
    this.from = from;
    this.to = to;
    this.order = order;
    this.kind = kind;
    return this;
  }
}

/** The messages under way, as far as a schedule needs them. */
interface Queue {
  readonly size: number;
  rankAt(index: number): number;
  least(): number;
  rerank(rank: (from: NodeId, to: NodeId) => number): void;
}

/** Chooses which message arrives next. Deterministic in the numbers it draws. */
export interface Schedule {
  /** The index of the next letter; there is at least one. */
  pick(underWay: Queue): number;
  /** The rank of a letter that is being sent now. */
  rank(route: Route, nowMs: number): number;
}

/** Longest and shortest one-way delay of a link in the `latency` schedule, virtual milliseconds. */
const LATENCY_MS_MIN = 1;
const LATENCY_MS_MAX = 100;
/** Priority change points of a `pct` run: bugs that need so many orderings are found with known probability. */
const PCT_CHANGES = 3;
/** Deliveries after which a starved message arrives all the same: reliable links are fair. */
const STARVED_MAX = 400;

const STARVED_KINDS: readonly string[] = ['initial', 'echo', 'ready', 'payload', 'status'];

/** The schedule of a scenario. `prng` is the run's own; `kinds`: of messages, one of which may starve. */
export function scheduleOf(
  scenario: Pick<Scenario, 'schedule' | 'faulty'>,
  committee: Committee,
  prng: Prng,
  kinds = STARVED_KINDS,
): Schedule {
  switch (scenario.schedule) {
    case 'uniform':
      return { rank: () => 0, pick: (underWay) => prng.below(underWay.size) };
    case 'lifo':
      return { rank: ({ order }) => -order, pick: mostlyLeast(prng) };
    case 'byzantine-first': {
      const faulty = new Set<number>(scenario.faulty);
      return { rank: ({ from }) => (faulty.has(from) ? 0 : 1), pick: mostlyLeast(prng) };
    }
    case 'starve-member': {
      const victim = prng.pick(committee.ids);
      return { rank: ({ from, to }) => (from === victim || to === victim ? 1 : 0), pick: starving(prng) };
    }
    case 'starve-type': {
      const victim = prng.pick(kinds);
      return { rank: ({ kind }) => (kind === victim ? 1 : 0), pick: starving(prng) };
    }
    case 'pct':
      return pct(committee, prng);
    case 'latency':
      return latency(committee, prng);
  }
}

/** The least one, but one time in eight any: a strict order explores one run only. */
function mostlyLeast(prng: Prng): Schedule['pick'] {
  return (underWay) => (prng.chance(1, 8) ? prng.below(underWay.size) : underWay.least());
}

/** Any letter of rank 0 while there is one; those of rank 1 starve, up to the bound of fairness. */
function starving(prng: Prng): Schedule['pick'] {
  let passed = 0;
  return (underWay) => {
    passed += 1;
    if (passed % STARVED_MAX === 0) return prng.below(underWay.size);
    for (let tries = 0; tries < 8; tries += 1) {
      const index = prng.below(underWay.size);
      if (underWay.rankAt(index) === 0) return index;
    }
    return underWay.least();
  };
}

/** Random priorities per link, changed at random points. [Burckhardt et al. 2010, for message orders] */
function pct(committee: Committee, prng: Prng): Schedule {
  const { n } = committee;
  const draw = (): number[] => Array.from({ length: n * n }, () => prng.uint32());
  let priorities = draw();
  let picks = 0;
  const changes = Array.from({ length: PCT_CHANGES }, () => prng.below(200));
  const rank = (from: NodeId, to: NodeId): number => priorities[from * n + to] ?? 0;
  return {
    rank: ({ from, to }) => rank(from, to),
    pick: (underWay) => {
      picks += 1;
      if (changes.includes(picks)) {
        priorities = draw();
        underWay.rerank(rank);
      }
      return underWay.least();
    },
  };
}

/** Each link has a base delay and a jitter of its own; messages arrive in the order of their times. */
function latency(committee: Committee, prng: Prng): Schedule {
  const delays = Array.from({ length: committee.n * committee.n }, () => ({
    base: LATENCY_MS_MIN + prng.below(LATENCY_MS_MAX),
    jitter: 1 + prng.below(LATENCY_MS_MAX),
  }));
  return {
    rank: ({ from, to }, nowMs) => {
      const delay = delays[from * committee.n + to];
      assert(delay !== undefined, 'a delay for every link');
      return nowMs + delay.base + prng.below(delay.jitter);
    },
    pick: (underWay) => underWay.least(),
  };
}
