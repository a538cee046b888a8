import { faultyMax } from '../../committee/index.ts';
import type { Sha256 } from '../../crypto/index.ts';
import { runScenario } from '../campaign/index.ts';
import type { PropertyName } from '../checker/index.ts';
import type { Decision } from '../decision.ts';
import type { TraceEvent } from '../event.ts';
import { CALM, type RunResult, type Scenario } from '../world/index.ts';
import { ddmin } from './ddmin.ts';

/** A failure, and the least that brings it about. */
export interface Shrunk {
  readonly scenario: Scenario;
  readonly property: PropertyName;
  /** What was decided by the run that failed. */
  readonly before: number;
  readonly decisions: readonly Decision[];
  readonly events: readonly TraceEvent[];
  readonly result: RunResult;
}

/** Runs made while shrinking at most. */
const TRIES_MAX = 3_000;
/** Decisions that a reader can follow. */
const READABLE = 25;
/** Runs shortened, of so many seeds, until one is readable. */
const ATTEMPTS = 6;
const SEEDS_READ = 300;
/** The smallest committee in which a liar is tolerated. */
const MEMBERS_MIN = 4;
/** Seeds tried with each smaller committee. */
const SEEDS_TRIED = 40;

/**
 * Shortens a run that breaks a property: first the scenario, then the list of its decisions. Where that leaves more
 * than a reader can follow, other seeds of the same scenario are tried. Undefined if the scenario breaks none.
 */
export function shrink(scenario: Scenario, sha256: Sha256): Shrunk | undefined {
  const { violated, decisions } = record(scenario, sha256).result;
  if (violated === undefined) return undefined;
  const { property } = violated;
  const smaller = simplify(scenario, property, sha256);
  let best: Omit<Shrunk, 'before'> | undefined;
  let attempts = 0;
  for (let k = 0; k < SEEDS_READ && attempts < ATTEMPTS; k += 1) {
    const found = shorten({ ...smaller, seed: smaller.seed + k }, property, sha256);
    if (found === undefined) continue;
    attempts += 1;
    if (best === undefined || found.decisions.length < best.decisions.length) best = found;
    if (best.decisions.length <= READABLE) break;
  }
  return best && { ...best, before: decisions.length };
}

/** The least list of decisions that breaks the property; undefined if the scenario does not break it. */
function shorten(
  scenario: Scenario,
  property: PropertyName,
  sha256: Sha256,
): Omit<Shrunk, 'before'> | undefined {
  const full = record(scenario, sha256);
  if (full.result.violated?.property !== property) return undefined;
  let tries = 0;
  const fails = (decisions: readonly Decision[]): boolean => {
    tries += 1;
    if (tries > TRIES_MAX) return false;
    return runScenario(scenario, { sha256, replay: decisions }).violated?.property === property;
  };
  const start = startingPoint(full.result.decisions, fails);
  const decisions = start === undefined ? full.result.decisions : ddmin(start, fails);
  const { result, events } = record(scenario, sha256, start === undefined ? undefined : decisions);
  return { scenario, property, decisions, events, result };
}

/** A smaller committee, fewer broadcasts and a calmer world, as long as the same property breaks. */
function simplify(scenario: Scenario, property: PropertyName, sha256: Sha256): Scenario {
  const breaks = (candidate: Scenario): boolean =>
    runScenario(candidate, { sha256 }).violated?.property === property;
  let best = smallerCommittee(scenario, breaks) ?? scenario;
  for (const change of [{ chaos: CALM }, { broadcasts: 0 }, { broadcasts: 1 }, { broadcasts: 2 }]) {
    const candidate = { ...best, ...change };
    if (candidate.broadcasts <= best.broadcasts && breaks(candidate)) best = candidate;
  }
  return best;
}

/** The same kind of run among fewer members, of another seed perhaps; undefined if a few tries break nothing. */
function smallerCommittee(
  scenario: Scenario,
  breaks: (candidate: Scenario) => boolean,
): Scenario | undefined {
  const { n, f, faulty, seed } = scenario;
  // Whose f is another one than n allows has its reasons.
  if (f !== faultyMax(n)) return undefined;
  for (let smaller = MEMBERS_MIN; smaller < n; smaller += 1) {
    const liars = Math.min(faulty.length, faultyMax(smaller));
    const last = Array.from({ length: liars }, (_, k) => smaller - liars + k);
    for (let k = 0; k < SEEDS_TRIED; k += 1) {
      const candidate = { ...scenario, n: smaller, f: faultyMax(smaller), faulty: last, seed: seed + k };
      if (breaks(candidate)) return candidate;
    }
  }
  return undefined;
}

/** With all links opened at once if that still fails, which saves the reader the opening of each. */
function startingPoint(
  decisions: readonly Decision[],
  fails: (decisions: readonly Decision[]) => boolean,
): readonly Decision[] | undefined {
  const opened: readonly Decision[] = [['open'], ...decisions.filter(([kind]) => kind !== 'up')];
  if (fails(opened)) return opened;
  return fails(decisions) ? decisions : undefined;
}

function record(
  scenario: Scenario,
  sha256: Sha256,
  replay?: readonly Decision[],
): { readonly result: RunResult; readonly events: readonly TraceEvent[] } {
  const events: TraceEvent[] = [];
  const result = runScenario(scenario, {
    sha256,
    observe: (event) => events.push(event),
    ...(replay === undefined ? {} : { replay }),
  });
  return { result, events };
}
