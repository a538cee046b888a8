import { describe, expect, test } from 'vitest';
import { SIMULATOR_URL, sweep } from '../../src/cli/sim/sweep.ts';
import { CAMPAIGNS, type CampaignName, RARE_PATHS, type RarePath } from '../../src/simulator/index.ts';

/** Runs of each campaign: a hundred thousand in all. LAB_FACTOR multiplies them; `npm run lab` runs a million. */
const RUNS: Readonly<Record<CampaignName, number>> = {
  calm: 38_000,
  schedules: 20_000,
  liars: 8_000,
  equivocation: 8_000,
  hindrance: 6_000,
  crashes: 8_000,
  tight: 5_000,
  mixed: 7_000,
};
const FACTOR = Number(process.env['LAB_FACTOR'] ?? '1');

const seen = new Map<RarePath, number>();

test('a hundred thousand runs are a hundred thousand', () => {
  expect(Object.values(RUNS).reduce((sum, runs) => sum + runs, 0)).toBe(100_000);
});

describe('the correct code', () => {
  test.each(Object.keys(CAMPAIGNS) as CampaignName[])(
    'keeps every property in the campaign %s',
    { timeout: 600_000 },
    async (campaign) => {
      const seeds = { from: 1, to: Math.ceil(RUNS[campaign] * FACTOR) };
      const state = await sweep({ url: SIMULATOR_URL, campaign, fixed: {}, seeds, jobs: 2 });
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
