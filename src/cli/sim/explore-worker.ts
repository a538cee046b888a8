import { parentPort, workerData } from 'node:worker_threads';
import type { Explored, ExploreOptions, ExploreProgress } from '../../simulator/index.ts';
import type { SimulatorModule } from './mutant.ts';

/** What a worker is to explore. */
export interface ExploreWorkerData {
  /** Where to import the simulator from. */
  readonly url: string;
  readonly explore: ExploreOptions;
  /** One number: anything but 0 asks the worker to stop. An exploration never comes back to read its messages. */
  readonly stop: SharedArrayBuffer;
}

/** What it answers: how far it is, and at last what it found or why it could not begin. */
export type ExploreAnswer =
  | { readonly kind: 'progress'; readonly progress: ExploreProgress }
  | { readonly kind: 'end'; readonly explored: Explored }
  | { readonly kind: 'refused'; readonly message: string };

async function serve({ url, explore, stop }: ExploreWorkerData): Promise<void> {
  const simulator: SimulatorModule = await import(url);
  const flag = new Int32Array(stop);
  const tell = (answer: ExploreAnswer): void => parentPort?.postMessage(answer);
  try {
    const explored = simulator.explore({
      ...explore,
      onProgress: (progress) => {
        tell({ kind: 'progress', progress });
        return Atomics.load(flag, 0) === 0;
      },
    });
    tell({ kind: 'end', explored });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    tell({ kind: 'refused', message: error.message });
  }
}

if (parentPort !== null && isExploreData(workerData)) await serve(workerData);

function isExploreData(data: unknown): data is ExploreWorkerData {
  return typeof data === 'object' && data !== null && 'url' in data && 'explore' in data && 'stop' in data;
}
