import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Seeds } from './worker.ts';

/** Workers run built code, whether this file is built or not. */
export const BUILT = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** Seeds that a worker gets at a time: small enough for a smooth progress display and a quick stop. */
const BATCH = 50;

/** How to spread seeds over worker threads. */
export interface Spread<Data, Result> {
  /** The worker's file below `dist/`. It answers `ready` once, and then a result for each batch of seeds. */
  readonly script: string;
  readonly data: Data;
  readonly seeds: Seeds;
  /** Worker threads; default: one a core. */
  readonly jobs: number | undefined;
  /** Ends the work early with what is done. */
  readonly signal: AbortSignal | undefined;
  /** Takes a result; false for no more seeds. */
  readonly onResult: (result: Result) => boolean;
}

/** Runs seeds on all cores. Resolves when all are done, or nobody wants more, or when interrupted. */
export async function spread<Data, Result>({
  script,
  data,
  seeds,
  jobs = availableParallelism(),
  signal,
  onResult,
}: Spread<Data, Result>): Promise<void> {
  let next = seeds.from;
  let wanted = true;
  const take = (): Seeds | undefined => {
    if (signal?.aborted === true || !wanted || next > seeds.to) return undefined;
    const from = next;
    next = Math.min(seeds.to, from + BATCH - 1) + 1;
    return { from, to: next - 1 };
  };
  const size = seeds.to - seeds.from + 1;
  const threads = Math.max(1, Math.min(jobs, Math.ceil(size / BATCH)));
  const work = Array.from({ length: threads }, () =>
    runWorker<Data, Result>(script, data, take, signal, (result) => {
      wanted &&= onResult(result);
    }),
  );
  await Promise.all(work);
}

/** One thread until `take` gives nothing more. */
function runWorker<Data, Result>(
  script: string,
  data: Data,
  take: () => Seeds | undefined,
  signal: AbortSignal | undefined,
  onResult: (result: Result) => void,
): Promise<void> {
  const worker = new Worker(`${BUILT}${script}`, { workerData: data });
  const stop = (): void => void worker.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  return new Promise<void>((resolve, reject) => {
    worker.on('message', (result: Result | 'ready') => {
      if (result !== 'ready') onResult(result);
      const seeds = take();
      if (seeds === undefined) stop();
      else worker.postMessage(seeds);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  }).finally(() => signal?.removeEventListener('abort', stop));
}
