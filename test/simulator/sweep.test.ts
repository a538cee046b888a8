import { describe, expect, test } from 'vitest';
import { SIMULATOR_URL, sweep } from '../../src/cli/sim/sweep.ts';
import { CAMPAIGNS, type CampaignName, RARE_PATHS, type RarePath } from '../../src/simulator/index.ts';

/** Runs of each campaign: seconds on an idle machine. LAB_FACTOR multiplies them; `npm run lab` runs a million. */
const RUNS: Readonly<Record<CampaignName, number>> = {
  calm: 3_000,
  schedules: 600,
  liars: 600,
  equivocation: 600,
  hindrance: 600,
  crashes: 600,
  tight: 600,
  mixed: 600,
};
const FACTOR = Number(process.env['LAB_FACTOR'] ?? '1');

const seen = new Map<RarePath, number>();

describe('the correct code', () => {
  test.each(Object.keys(CAMPAIGNS) as CampaignName[])(
    'keeps every property in the campaign %s',
    { timeout: 600_000 },
    async (campaign) => {
      const seeds = { from: 1, to: Math.ceil(RUNS[campaign] * FACTOR) };
      const state = await sweep({ url: SIMULATOR_URL, campaign, fixed: {}, seeds, jobs: 2, recordEvery: 4 });
      expect(state.failures).toEqual([]);
      expect(state.runs).toBe(seeds.to);
      for (const path of RARE_PATHS) seen.set(path, (seen.get(path) ?? 0) + state.rare[path]);
    },
  );

  test('took every rare path on the way', () => {
    expect(RARE_PATHS.filter((path) => (seen.get(path) ?? 0) === 0)).toEqual([]);
  });
});

test('a sweep that is interrupted tells what it did', async () => {
  const controller = new AbortController();
  const state = await sweep({
    url: SIMULATOR_URL,
    campaign: 'calm',
    fixed: {},
    seeds: { from: 1, to: 1_000_000 },
    jobs: 1,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  expect(state.runs).toBeGreaterThan(0);
  expect(state.runs).toBeLessThan(10_000);
});
