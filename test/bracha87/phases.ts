import {
  type InStepOptions as Options,
  type PhaseHistogram,
  type PlayedInStep,
  playInStep as play,
} from '../../src/simulator/agreement/index.ts';
import { type Code, type Inputs, randomBit } from './subject.ts';

/** The mean phase of a histogram. */
export function mean(histogram: PhaseHistogram): number {
  const members = histogram.reduce((sum, count) => sum + count, 0);
  return histogram.reduce((sum, count, index) => sum + count * (index + 1), 0) / members;
}

/** What happens in step. */
export interface InStepOptions extends Omit<Options, 'committee' | 'inputOf' | 'machine'> {
  readonly n: number;
  readonly f: number;
  readonly inputs: Inputs;
}

/** What each correct member comes to, of this code. */
export function playInStep(
  { agreement, committee: { Committee: Of } }: Code,
  { n, f, inputs, ...options }: InStepOptions,
): readonly PlayedInStep[] {
  return play({
    ...options,
    committee: new Of(n, f),
    machine: (its) => new agreement.Bracha87(its),
    inputOf: (prng) => (inputs === 'random' ? randomBit(prng) : inputs === 'ones' ? 1 : 0),
  });
}
