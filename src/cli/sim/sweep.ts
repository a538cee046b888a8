import { pathToFileURL } from 'node:url';
import { noCounts, RARE_PATHS, type RarePath } from '../../simulator/index.ts';
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
