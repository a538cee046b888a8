import { describe, expect, test } from 'vitest';
import { missedPaths, REACHING_RUNS, SIMULATOR_URL, sweep } from '../../src/cli/sim/sweep.ts';
import { CAMPAIGNS, type CampaignName, RARE_PATHS, type RarePath } from '../../src/simulator/index.ts';

/** Runs of each campaign: a hundred thousand in all. LAB_FACTOR multiplies them; `npm run lab` runs a million. */
const RUNS: Readonly<Record<CampaignName, number>> = {
  calm: 36_000,
  schedules: 20_000,
  liars: 8_000,
  equivocation: 8_000,
  hindrance: 6_000,
  crashes: 8_000,
  tight: 5_000,
  away: 2_000,
  mixed: 5_000,
  coded: 2_000,
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
      expect(CAMPAIGNS[campaign].reaches.filter((path) => state.rare[path] === 0)).toEqual([]);
      for (const path of RARE_PATHS) seen.set(path, (seen.get(path) ?? 0) + state.rare[path]);
    },
  );

  test('took every rare path on the way', () => {
    expect(RARE_PATHS.filter((path) => (seen.get(path) ?? 0) === 0)).toEqual([]);
  });
});

test('a campaign that never took a path that it is there to take has failed', () => {
  const seen = Object.fromEntries(RARE_PATHS.map((path) => [path, 1])) as Record<RarePath, number>;
  const state = { runs: REACHING_RUNS, steps: 1, failed: 0, failures: [], rare: { ...seen, 'full disk': 0 } };
  const missed = (more: object, campaign: CampaignName, fixed = {}) =>
    missedPaths({ ...state, ...more }, { url: SIMULATOR_URL, campaign, fixed });
  expect(missed({}, 'crashes')).toEqual(['full disk']);
  expect(missed({}, 'liars'), 'where no disk fails').toEqual([]);
  expect(missed({ runs: REACHING_RUNS - 1 }, 'crashes'), 'too early to tell').toEqual([]);
  expect(missed({}, 'crashes', { n: 4 }), 'of other runs than the campaign draws').toEqual([]);
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
