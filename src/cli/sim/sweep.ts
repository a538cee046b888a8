import { pathToFileURL } from 'node:url';
import { CAMPAIGNS, noCounts, RARE_PATHS, type RarePath } from '../../simulator/index.ts';
import { BUILT, spread } from './spread.ts';
import { type BatchResult, type Failure, RECORDED_EVERY, type Seeds, type WorkerData } from './worker.ts';

/** Where the simulator of this program is imported from. */
export const SIMULATOR_URL = pathToFileURL(`${BUILT}simulator/index.js`).href;

/** Failures kept; the rest is counted. */
const FAILURES_MAX = 100;

/** What a sweep has done so far. */
export interface SweepState {
  runs: number;
  steps: number;
  failed: number;
  /** The first ones that came, at most a hundred. */
  readonly failures: Failure[];
  readonly rare: Record<RarePath, number>;
}

/** Runs from which on a campaign must have taken each path that it is there to take. */
export const REACHING_RUNS = 10_000;

/** The paths that a campaign should have taken by now, and never did: it has shown nothing about them. */
export function missedPaths(
  { runs, rare }: SweepState,
  { campaign, fixed }: WorkerData,
): readonly RarePath[] {
  if (runs < REACHING_RUNS || Object.keys(fixed).length > 0) return [];
  return CAMPAIGNS[campaign].reaches.filter((path) => rare[path] === 0);
}

/** How to sweep. */
export interface SweepOptions extends WorkerData {
  readonly seeds: Seeds;
  /** Worker threads; default: one a core. */
  readonly jobs?: number;
  /** Ends the sweep early with what is done. */
  readonly signal?: AbortSignal;
  /** Stop at the first failure. */
  readonly stopAtFailure?: boolean;
  readonly onProgress?: (state: Readonly<SweepState>) => void;
}

/** Runs many seeds on all cores. Resolves when all are done, or at the first failure, or when interrupted. */
export async function sweep(options: SweepOptions): Promise<SweepState> {
  const { seeds, signal, jobs, url, campaign, fixed, recordEvery = RECORDED_EVERY } = options;
  const state: SweepState = { runs: 0, steps: 0, failed: 0, failures: [], rare: noCounts() };
  await spread<WorkerData, BatchResult>({
    ...{ script: 'cli/sim/worker.js', data: { url, campaign, fixed, recordEvery }, seeds, jobs, signal },
    onResult: (result) => {
      add(state, result);
      options.onProgress?.(state);
      return options.stopAtFailure !== true || state.failed === 0;
    },
  });
  state.failures.sort((a, b) => a.seed - b.seed);
  return state;
}

function add(state: SweepState, result: BatchResult): void {
  state.runs += result.runs;
  state.steps += result.steps;
  state.failed += result.failures.length;
  state.failures.push(...result.failures.slice(0, FAILURES_MAX - state.failures.length));
  for (const path of RARE_PATHS) state.rare[path] += result.rare[path];
}
