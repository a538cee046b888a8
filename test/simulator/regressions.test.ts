import { expect, test } from 'vitest';
import { nativeSha256 } from '../../src/node/index.ts';
import { CAMPAIGNS, type CampaignName, runScenario } from '../../src/simulator/index.ts';

/** Runs that once found something wrong, with what it was. */
const FOUND: readonly (readonly [CampaignName, number, string])[] = [
  [
    'tight',
    103_433,
    'the honest part of a liar, whose mind had spoken for it, was held to its own assertions',
  ],
  ['tight', 106_531, 'the same'],
  ['tight', 111_447, 'the same'],
];

test.each(FOUND)('%s %i: %s', (campaign, seed) => {
  const result = runScenario(CAMPAIGNS[campaign].draw(seed), { sha256: nativeSha256 });
  expect(result.violated).toBeUndefined();
  expect(result.quiescent).toBe(true);
});

test('thirteen members may need more steps to come to an end than small committees', () => {
  const drawn = CAMPAIGNS.mixed.draw(3_198, { n: 13, f: 4 });
  const result = runScenario(drawn, { sha256: nativeSha256 });
  expect(result.violated).toBeUndefined();
  expect(result.quiescent).toBe(true);
  expect(result.steps).toBeGreaterThan(232_040);
});
