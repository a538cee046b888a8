import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** One test, `judge.test.ts`, which runs all others itself, as often as there are mutants: it hears of them by `tests.ts`. */
export default defineConfig({
  test: {
    include: ['scripts/mutation/judge.test.ts'],
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 2 ** 31 - 1,
    alias: [{ find: /^vitest$/, replacement: here('./tests.ts') }],
  },
});
