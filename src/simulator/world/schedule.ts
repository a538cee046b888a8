import { assert, type Prng } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { MessageLabel } from '../event.ts';
import type { Scenario } from './scenario.ts';
import type { Letter, UnderWay } from './under-way.ts';

/** Chooses which message arrives next. Deterministic in the numbers it draws. */
export interface Schedule {
  /** The index of the next letter; there is at least one. */
  pick(underWay: UnderWay): number;
  /** The rank of a letter that is being sent now. */
  rank(from: NodeId, to: NodeId, nowMs: number): number;
}

/** Longest and shortest one-way delay of a link in the `latency` schedule, virtual milliseconds. */
const LATENCY_MS_MIN = 1;
const LATENCY_MS_MAX = 100;
/** Priority change points of a `pct` run: bugs that need so many orderings are found with known probability. */
const PCT_CHANGES = 3;
/** Deliveries after which a starved message arrives all the same: reliable links are fair. */
const STARVED_MAX = 400;

const STARVED_KINDS: readonly MessageLabel['kind'][] = ['initial', 'echo', 'ready', 'payload', 'status'];

/** The schedule of a scenario. `prng` is the run's own. */
export function scheduleOf(scenario: Scenario, committee: Committee, prng: Prng): Schedule {
  const rank = (): number => 0;
  switch (scenario.schedule) {
    case 'uniform':
      return { rank, pick: (underWay) => prng.below(underWay.size) };
    case 'lifo':
      return { rank, pick: (underWay) => mostly(prng, underWay, (letter) => -letter.order) };
    case 'byzantine-first': {
      const faulty = new Set(scenario.faulty);
      return { rank, pick: (underWay) => mostly(prng, underWay, ({ from }) => (faulty.has(from) ? 0 : 1)) };
    }
    case 'starve-member': {
      const victim = prng.pick(committee.ids);
      const starved = ({ from, to }: Letter): boolean => from === victim || to === victim;
      return { rank, pick: starving(prng, starved) };
    }
    case 'starve-type': {
      const victim = prng.pick(STARVED_KINDS);
      return { rank, pick: starving(prng, ({ kind }) => kind === victim) };
    }
    case 'pct':
      return pct(prng);
    case 'latency':
      return latency(committee, prng);
  }
}

/** The least one, but one time in eight any: a strict order explores one run only. */
function mostly(prng: Prng, underWay: UnderWay, score: (letter: Letter) => number): number {
  return prng.chance(1, 8) ? prng.below(underWay.size) : underWay.least(score);
}

/** Any letter that is not starved, while there is one, up to the bound of fairness. */
function starving(prng: Prng, starved: (letter: Letter) => boolean): Schedule['pick'] {
  let passed = 0;
  return (underWay) => {
    passed += 1;
    for (let tries = 0; tries < 8 && passed % STARVED_MAX !== 0; tries += 1) {
      const index = prng.below(underWay.size);
      const letter = underWay.at(index);
      if (letter !== undefined && !starved(letter)) return index;
    }
    return passed % STARVED_MAX === 0
      ? prng.below(underWay.size)
      : underWay.least((letter) => (starved(letter) ? 1 : 0));
  };
}

/** Random priorities per link, changed at random points. [Burckhardt et al. 2010, for message orders] */
function pct(prng: Prng): Schedule {
  const priorities = new Map<number, number>();
  let picks = 0;
  const changes = Array.from({ length: PCT_CHANGES }, () => prng.below(200));
  const priority = ({ from, to }: Letter): number => {
    const key = from * 256 + to;
    const known = priorities.get(key) ?? prng.uint32();
    priorities.set(key, known);
    return known;
  };
  return {
    rank: () => 0,
    pick: (underWay) => {
      picks += 1;
      if (changes.includes(picks)) for (const key of priorities.keys()) priorities.set(key, prng.uint32());
      return underWay.least(priority);
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
    rank: (from, to, nowMs) => {
      const delay = delays[from * committee.n + to];
      assert(delay !== undefined, 'a delay for every link');
      return nowMs + delay.base + prng.below(delay.jitter);
    },
    pick: (underWay) => underWay.least(({ rank }) => rank),
  };
}
