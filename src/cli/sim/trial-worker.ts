import { parentPort, workerData } from 'node:worker_threads';
import { drawTrial, runTrial, type TrialScenario } from '../../simulator/index.ts';
import { type AnySubject, loadSubject } from './subject.ts';
import type { Failure, Seeds } from './worker.ts';

/** What a worker is to try. */
export interface TrialWorkerData {
  /** Path of the file that exports the subject. */
  readonly protocol: string;
  readonly trial: Partial<TrialScenario>;
}

/** What came of a batch of seeds. */
export interface TrialBatch {
  readonly runs: number;
  readonly steps: number;
  readonly failures: readonly Failure[];
}

function runBatch(subject: AnySubject, fixed: Partial<TrialScenario>, seeds: Seeds): TrialBatch {
  const failures: Failure[] = [];
  let steps = 0;
  for (let seed = seeds.from; seed <= seeds.to; seed += 1) {
    const { violated, ended, count } = runTrial(subject, { scenario: drawTrial(seed, fixed) });
    steps += count;
    if (violated !== undefined) failures.push({ seed, ...violated });
    else if (!ended) failures.push({ seed, property: 'undecided', note: 'it came to no end' });
  }
  return { runs: seeds.to - seeds.from + 1, steps, failures };
}

async function serve({ protocol, trial }: TrialWorkerData): Promise<void> {
  const subject = await loadSubject(protocol, '/');
  parentPort?.on('message', (seeds: Seeds) => parentPort?.postMessage(runBatch(subject, trial, seeds)));
  parentPort?.postMessage('ready');
}

if (parentPort !== null && isTrialData(workerData)) await serve(workerData);

function isTrialData(data: unknown): data is TrialWorkerData {
  return typeof data === 'object' && data !== null && 'protocol' in data && 'trial' in data;
}
