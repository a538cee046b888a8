import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The quick ones first: a mutant is dead at the first test that fails, and most of them fail many. */
const FILES = [
  'test/transcripts/**/*.test.ts',
  'test/broadcast/**/*.test.ts',
  'test/stream/**/*.test.ts',
  'test/member/**/*.test.ts',
  'test/mutation/**/*.test.ts',
  'test/conformance.test.ts',
];

class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      FILES.findIndex((glob) => moduleId.includes(`/${glob.replace('/**/*.test.ts', '/')}`));
    return Promise.resolve(files.toSorted((a, b) => place(a) - place(b)));
  }
}

/**
 * The tests that judge a mutant: what looks at broadcast and streams from near, and a short sweep of the simulator. The
 * random properties do not: they take longest where they fail, and what they alone find deserves a test that shows it.
 */
export default defineConfig({
  test: {
    include: FILES,
    // None of them leaves anything behind that another could stumble over.
    isolate: false,
    sequence: { sequencer: QuickFirst },
    testTimeout: 60_000,
  },
});
