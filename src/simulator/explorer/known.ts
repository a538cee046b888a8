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
  return { name: `n=${options.n}, ${name}`, options, states, transitions, depth, long };
}

/** All of these hold, in every state. */
export const EXPLORATIONS: readonly KnownExploration[] = [
  known('early, faulty sender', { n: 4 }, [36_856, 293_696, 15]),
  known('early, correct sender', { n: 4, sender: 'correct' }, [16_269, 125_068, 13]),
  known('classic, faulty sender', { n: 4, form: 'classic' }, [127_628, 1_061_677, 18]),
  known('classic, correct sender', { n: 4, form: 'classic', sender: 'correct' }, [71_858, 621_813, 14]),
  known('early, nobody lies', { n: 4, liars: 0 }, [1_485, 10_719, 12]),
  known('classic, nobody lies', { n: 4, form: 'classic', liars: 0 }, [17_220, 163_869, 16]),
  known(
    'early, correct sender, DONE too',
    { n: 4, sender: 'correct', messages: 'all' },
    [72_011, 689_368, 13],
  ),
  known(
    'early, shards of a faulty sender that fit to no payload',
    { n: 4, coded: true, values: 1 },
    [991, 8_718, 9],
  ),
  known(
    'classic, shards of a faulty sender that fit to no payload',
    { n: 4, coded: true, form: 'classic', values: 1 },
    [13_091, 126_368, 13],
  ),
  known(
    'early, shards of a correct sender',
    { n: 4, coded: true, sender: 'correct', values: 1 },
    [2_939, 25_513, 9],
  ),
  known(
    'early, shards of a correct sender, votes for others that fit to no payload',
    { n: 4, coded: true, sender: 'correct' },
    [65_766, 639_903, 13],
    true,
  ),
  known(
    'early, shards of a faulty sender, one payload and one that is none',
    { n: 4, coded: true },
    [282_823, 3_222_899, 16],
    true,
  ),
  known('early, faulty sender, DONE too', { n: 4, messages: 'all' }, [122_773, 1_225_558, 15], true),
  known('early, faulty sender, three values', { n: 4, values: 3 }, [194_566, 1_673_359, 15]),
  known('early, correct sender, three values', { n: 4, sender: 'correct', values: 3 }, [46_116, 376_538, 13]),
  known(
    'classic, correct sender, three values',
    { n: 4, form: 'classic', sender: 'correct', values: 3 },
    [175_884, 1_627_201, 14],
    true,
  ),
  known(
    'classic, faulty sender, three values',
    { n: 4, form: 'classic', values: 3 },
    [523_838, 4_514_785, 18],
    true,
  ),
  known(
    'classic, correct sender, DONE too',
    { n: 4, form: 'classic', sender: 'correct', messages: 'all' },
    [334_785, 3_515_968, 15],
    true,
  ),
  known(
    'classic, faulty sender, DONE too',
    { n: 4, form: 'classic', messages: 'all' },
    [595_801, 6_051_013, 19],
    true,
  ),
  known('early, correct sender', { n: 5, sender: 'correct' }, [3_335_868, 40_239_776, 22], true),
  known('early, faulty sender', { n: 5 }, [12_435_483, 147_120_292, 24], true),
  known(
    'classic, correct sender',
    { n: 5, form: 'classic', sender: 'correct' },
    [41_549_530, 581_888_981, 27],
    true,
  ),
  known('classic, faulty sender', { n: 5, form: 'classic' }, [43_794_791, 583_336_260, 29], true),
];
