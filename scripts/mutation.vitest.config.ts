import { defineConfig } from 'vitest/config';

/** The tests that judge a mutant: what looks at broadcast and streams from near, and a short sweep of the simulator. */
export default defineConfig({
  test: {
    include: [
      'test/broadcast/**/*.test.ts',
      'test/stream/**/*.test.ts',
      'test/member/**/*.test.ts',
      'test/properties/**/*.test.ts',
      'test/transcripts/**/*.test.ts',
      'test/mutation/**/*.test.ts',
      'test/conformance.test.ts',
    ],
    testTimeout: 60_000,
  },
});
