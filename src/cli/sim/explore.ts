import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Explored, ExploreOptions, ExploreProgress } from '../../simulator/index.ts';
import { usage } from '../command-error.ts';
import type { ExploreAnswer, ExploreWorkerData } from './explore-worker.ts';

/** Workers run built code, whether this file is built or not. */
const WORKER = fileURLToPath(new URL('../../../dist/cli/sim/explore-worker.js', import.meta.url));
/** A long exploration holds states by the hundred million bytes, outside the heap; its tables are in it. */
const HEAP_MB = 8_192;

/** How to explore in a thread of its own. */
export interface ExploreRun {
  /** Where the simulator is imported from. */
  readonly url: string;
  readonly options: ExploreOptions;
  /** Ends the exploration with what was found so far. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExploreProgress) => void;
}

/** Explores without keeping this thread from hearing Ctrl-C. @throws CommandError ERR_USAGE for what makes no sense */
export function exploreInThread({ url, options, signal, onProgress }: ExploreRun): Promise<Explored> {
  const stop = new SharedArrayBuffer(4);
  const data: ExploreWorkerData = { url, explore: options, stop };
  const worker = new Worker(WORKER, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const onAbort = (): void => void Atomics.store(new Int32Array(stop), 0, 1);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return new Promise<Explored>((resolve, reject) => {
    worker.on('message', (answer: ExploreAnswer) => {
      if (answer.kind === 'progress') onProgress?.(answer.progress);
      else if (answer.kind === 'end') resolve(answer.explored);
      else reject(usage(answer.message, '`quorumcast sim explore --help` tells what can be explored'));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the exploring thread ended with code ${code}`)));
  }).finally(() => signal?.removeEventListener('abort', onAbort));
}
