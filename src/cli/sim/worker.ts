import { parentPort, workerData } from 'node:worker_threads';
import { nativeSha256 } from '../../node/index.ts';
import type { CampaignName, RarePath, Scenario } from '../../simulator/index.ts';
import type { SimulatorModule } from './mutant.ts';

/** What a worker is to run. */
export interface WorkerData {
  /** Where to import the simulator from. */
  readonly url: string;
  readonly campaign: CampaignName;
  readonly fixed: Partial<Scenario>;
  /** Rare paths are counted in one run of so many; default `RECORDED_EVERY`. */
  readonly recordEvery?: number;
}

/** Seeds `from <= seed <= to`. */
export interface Seeds {
  readonly from: number;
  readonly to: number;
}

/** A seed whose run broke a property or came to no end. */
export interface Failure {
  readonly seed: number;
  /** A property's name, or `undecided`. */
  readonly property: string;
  readonly note: string;
}

/** What came of a batch of seeds. */
export interface BatchResult {
  readonly runs: number;
  readonly steps: number;
  readonly failures: readonly Failure[];
  /** Counted in the recorded runs. */
  readonly rare: Readonly<Record<RarePath, number>>;
}

/** Recording costs several times the run, and the rare paths are not that rare. */
export const RECORDED_EVERY = 20;

/** Runs a batch of seeds. */
export function runBatch(
  simulator: SimulatorModule,
  data: Omit<WorkerData, 'url'>,
  seeds: Seeds,
): BatchResult {
  const recordEvery = data.recordEvery ?? RECORDED_EVERY;
  const { CAMPAIGNS, RareCounter, noCounts, runScenario } = simulator;
  const rare = noCounts();
  const failures: Failure[] = [];
  let steps = 0;
  for (let seed = seeds.from; seed <= seeds.to; seed += 1) {
    const scenario = CAMPAIGNS[data.campaign].draw(seed, data.fixed);
    const counter = seed % recordEvery === 0 ? new RareCounter(scenario, rare) : undefined;
    const result = runScenario(scenario, {
      sha256: nativeSha256,
      ...(counter === undefined ? {} : { observe: (event) => counter.see(event) }),
    });
    steps += result.steps;
    if (result.violated !== undefined) {
      failures.push({ seed, property: result.violated.property, note: result.violated.note });
    } else if (!result.quiescent) failures.push({ seed, property: 'undecided', note: 'it came to no end' });
  }
  return { runs: seeds.to - seeds.from + 1, steps, failures, rare };
}

async function serve(data: WorkerData): Promise<void> {
  const simulator: SimulatorModule = await import(data.url);
  parentPort?.on('message', (seeds: Seeds) => parentPort?.postMessage(runBatch(simulator, data, seeds)));
  parentPort?.postMessage('ready');
}

if (parentPort !== null && isWorkerData(workerData)) await serve(workerData);

function isWorkerData(data: unknown): data is WorkerData {
  return typeof data === 'object' && data !== null && 'url' in data && 'campaign' in data;
}
