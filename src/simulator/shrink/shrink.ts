import type { Sha256 } from '../../crypto/index.ts';
import { runScenario } from '../campaign/index.ts';
import type { PropertyName } from '../checker/index.ts';
import type { Decision } from '../decision.ts';
import type { TraceEvent } from '../event.ts';
import type { RunResult, Scenario } from '../world/index.ts';
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

/**
 * Shortens a run that breaks a property: first the scenario, then the list of its decisions. Undefined if the
 * scenario breaks none.
 */
export function shrink(scenario: Scenario, sha256: Sha256): Shrunk | undefined {
  const first = record(scenario, sha256);
  const property = first.result.violated?.property;
  if (property === undefined) return undefined;
  const smaller = simplify(scenario, property, sha256);
  const full = record(smaller, sha256);
  let tries = 0;
  const fails = (decisions: readonly Decision[]): boolean => {
    tries += 1;
    if (tries > TRIES_MAX) return false;
    const result = runScenario(smaller, { sha256, replay: decisions });
    return result.violated?.property === property;
  };
  const start = startingPoint(full.result.decisions, fails);
  const decisions = start === undefined ? full.result.decisions : ddmin(start, fails);
  const { result, events } = record(smaller, sha256, start === undefined ? undefined : decisions);
  return { scenario: smaller, property, before: first.result.decisions.length, decisions, events, result };
}

/** Fewer broadcasts and a calmer world, as long as the same property breaks. */
function simplify(scenario: Scenario, property: PropertyName, sha256: Sha256): Scenario {
  const calm = { crashes: false, cuts: false, partition: false };
  let best = scenario;
  for (const change of [{ chaos: calm }, { broadcasts: 0 }, { broadcasts: 1 }, { broadcasts: 2 }]) {
    const candidate = { ...best, ...change };
    if (candidate.broadcasts > best.broadcasts) continue;
    if (runScenario(candidate, { sha256 }).violated?.property === property) best = candidate;
  }
  return best;
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
