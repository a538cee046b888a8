import { describe, expect, test } from 'vitest';
import { nativeSha256 } from '../../src/node/index.ts';
import { CAMPAIGNS, runScenario } from '../../src/simulator/index.ts';

/** Long enough to tell most changes from the correct code, short enough to be done a thousand times. */
const SEEDS = 25;

describe.each(Object.entries(CAMPAIGNS))('%s', (_name, campaign) => {
  test(`holds for ${SEEDS} seeds`, () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violated, quiescent } = runScenario(campaign.draw(seed), { sha256: nativeSha256 });
      expect({ seed, violated, quiescent }).toEqual({ seed, violated: undefined, quiescent: true });
    }
  });
});
