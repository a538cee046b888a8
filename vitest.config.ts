import { defineConfig } from 'vitest/config';

const PROCESS_TESTS = 'test/process/**/*.test.ts';
/** Campaigns of many runs, which use every core by themselves. */
const CAMPAIGN_TESTS = ['test/simulator/sweep.test.ts', 'test/explorer/**/*.test.ts'];
const HOUSE_TESTS = 'test/house/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/house/build.setup.ts'],
    reporters: ['default', './scripts/closing-line.mjs'],
    // Two cores are the smallest machine this must pass on.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'core',
          include: ['test/**/*.test.ts'],
          exclude: [PROCESS_TESTS, HOUSE_TESTS, ...CAMPAIGN_TESTS],
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'house',
          include: [HOUSE_TESTS],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'campaigns',
          include: CAMPAIGN_TESTS,
          testTimeout: 900_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: [PROCESS_TESTS],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          // Each starts a cluster of processes: one file at a time, after everything else, so that deadlines
          // measure the cluster and not its neighbours.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
