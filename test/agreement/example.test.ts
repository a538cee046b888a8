import { drawTrial, runTrial } from 'quorumcast/simulator';
import { expect, test } from 'vitest';
import subject from '../../examples/binary-agreement.mjs';

test('the example for the laboratory holds', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { violated, ended } = runTrial(subject, { scenario: drawTrial(seed, { n: 4 }) });
    expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
  }
});
