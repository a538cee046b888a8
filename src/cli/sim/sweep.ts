import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { noCounts, RARE_PATHS, type RarePath } from '../../simulator/index.ts';
import { type BatchResult, type Failure, RECORDED_EVERY, type Seeds, type WorkerData } from './worker.ts';

/** Workers run built code, whether this file is built or not. */
const BUILT = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** Where the simulator of this program is imported from. */
export const SIMULATOR_URL = pathToFileURL(`${BUILT}simulator/index.js`).href;

/** Seeds that a worker gets at a time: small enough for a smooth progress display and a quick stop. */
const BATCH = 50;
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
  const { seeds, signal, url, campaign, fixed, recordEvery = RECORDED_EVERY } = options;
  const state: SweepState = { runs: 0, steps: 0, failed: 0, failures: [], rare: noCounts() };
  const size = seeds.to - seeds.from + 1;
  const jobs = Math.max(1, Math.min(options.jobs ?? availableParallelism(), Math.ceil(size / BATCH)));
  let next = seeds.from;
  const take = (): Seeds | undefined => {
    const stop = signal?.aborted === true || (options.stopAtFailure === true && state.failed > 0);
    if (stop || next > seeds.to) return undefined;
    const from = next;
    next = Math.min(seeds.to, from + BATCH - 1) + 1;
    return { from, to: next - 1 };
  };
  const work = Array.from({ length: jobs }, () =>
    runWorker({ url, campaign, fixed, recordEvery }, take, signal, (result) => {
      add(state, result);
      options.onProgress?.(state);
    }),
  );
  await Promise.all(work);
  state.failures.sort((a, b) => a.seed - b.seed);
  return state;
}

/** One thread until `take` gives nothing more. */
function runWorker(
  data: WorkerData,
  take: () => Seeds | undefined,
  signal: AbortSignal | undefined,
  onResult: (result: BatchResult) => void,
): Promise<void> {
  const worker = new Worker(`${BUILT}cli/sim/worker.js`, { workerData: data });
  const stop = (): void => void worker.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  return new Promise<void>((resolve, reject) => {
    worker.on('message', (result: BatchResult | 'ready') => {
      if (result !== 'ready') onResult(result);
      const seeds = take();
      if (seeds === undefined) stop();
      else worker.postMessage(seeds);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  }).finally(() => signal?.removeEventListener('abort', stop));
}

function add(state: SweepState, result: BatchResult): void {
  state.runs += result.runs;
  state.steps += result.steps;
  state.failed += result.failures.length;
  state.failures.push(...result.failures.slice(0, FAILURES_MAX - state.failures.length));
  for (const path of RARE_PATHS) state.rare[path] += result.rare[path];
}
