import type { ExploreOptions } from './explore.ts';

/** An exploration whose outcome is known: a different count means that the protocol, or the model, is another one. */
export interface KnownExploration {
  readonly name: string;
  readonly options: ExploreOptions;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** Takes minutes and belongs to `npm run lab`; the others run with the tests. */
  readonly long: boolean;
}

function known(
  name: string,
  options: ExploreOptions,
  [states, transitions, depth]: readonly [number, number, number],
  long = false,
): KnownExploration {
  return { name, options, states, transitions, depth, long };
}

/** All of these hold, in every state. */
export const EXPLORATIONS: readonly KnownExploration[] = [
  known('early, faulty sender', { n: 4 }, [107_742, 988_372, 16]),
  known('early, correct sender', { n: 4, sender: 'correct' }, [47_337, 395_034, 15]),
  known('classic, faulty sender', { n: 4, form: 'classic' }, [190_657, 1_674_719, 18]),
  known('classic, correct sender', { n: 4, form: 'classic', sender: 'correct' }, [127_148, 1_191_852, 15]),
  known('early, nobody lies', { n: 4, liars: 0 }, [8_923, 75_715, 17]),
  known('classic, nobody lies', { n: 4, form: 'classic', liars: 0 }, [32_478, 332_532, 16]),
  known('early, faulty sender, three values', { n: 4, values: 3 }, [392_041, 3_803_236, 16]),
  known(
    'early, correct sender, three values',
    { n: 4, sender: 'correct', values: 3 },
    [122_985, 1_095_803, 15],
  ),
];
