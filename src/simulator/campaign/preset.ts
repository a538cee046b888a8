import type { PropertyName } from '../checker/index.ts';
import type { Scenario } from '../world/index.ts';
import type { CampaignName } from './campaign.ts';

/** A run worth knowing: what happens, and what comes of it. */
export interface Preset {
  /** One line for people. */
  readonly summary: string;
  readonly campaign: CampaignName;
  readonly fixed: Partial<Scenario>;
  /** The bug that is put in; empty: none. */
  readonly mutant: string;
  /** The first seed that shows it. */
  readonly seed: number;
  /** The property that breaks, or `holds`: then it holds for every seed. */
  readonly verdict: PropertyName | 'holds';
}

const FOUR: Partial<Scenario> = {
  n: 4,
  f: 1,
  faulty: [3],
  form: 'classic',
  broadcasts: 1,
  schedule: 'uniform',
};
const HALF: Partial<Scenario> = { ...FOUR, adversary: 'equivocate-half' };
const PLOT: Partial<Scenario> = { ...FOUR, adversary: 'plot' };

/** Runs that teach, by name. */
export const PRESETS = {
  'one-liar': {
    summary: 'four members, one of which does several things at once that it must not',
    campaign: 'equivocation',
    fixed: { ...FOUR, adversary: 'mixed' },
    mutant: '',
    seed: 1,
    verdict: 'holds',
  },
  'half-and-half': {
    summary: 'one payload to some, another to the rest: all deliver the same one, or nobody any',
    campaign: 'equivocation',
    fixed: HALF,
    mutant: '',
    seed: 1,
    verdict: 'holds',
  },
  'three-way-split': {
    summary: 'another payload to each member: nobody delivers any of them, and may not',
    campaign: 'equivocation',
    fixed: { ...FOUR, adversary: 'equivocate-each' },
    mutant: '',
    seed: 1,
    verdict: 'holds',
  },
  'no-amplification': {
    summary: 'READYs make nobody READY in time: why Bracha has a second threshold',
    campaign: 'equivocation',
    fixed: PLOT,
    mutant: 'amplify-at-deliver',
    seed: 4,
    verdict: 'totality',
  },
  'echo-only': {
    summary: 'a quorum of ECHOs delivers: why there is a READY at all',
    campaign: 'equivocation',
    fixed: HALF,
    mutant: 'echo-only',
    seed: 1,
    verdict: 'totality',
  },
  'deliver-at-f-plus-1': {
    summary: 'f+1 READYs deliver: the liar alone can make a difference between two members',
    campaign: 'equivocation',
    fixed: PLOT,
    mutant: 'deliver-minus-1',
    seed: 5,
    verdict: 'totality',
  },
  'echo-quorum-too-small': {
    summary: 'two ECHOs of four: READYs for two payloads, and neither gets enough',
    campaign: 'equivocation',
    fixed: PLOT,
    mutant: 'echo-minus-1',
    seed: 3,
    verdict: 'totality',
  },
  'amplify-at-f': {
    summary: 'the liar alone makes correct members READY',
    campaign: 'equivocation',
    fixed: { ...FOUR, adversary: 'premature-ready' },
    mutant: 'amplify-minus-1',
    seed: 1,
    verdict: 'validity',
  },
  'two-liars-of-four': {
    summary: 'more liars than f: correct members deliver different payloads, and nothing was promised',
    campaign: 'equivocation',
    fixed: { ...HALF, faulty: [2, 3] },
    mutant: '',
    seed: 1,
    verdict: 'agreement',
  },
  'five-sized-as-four': {
    summary: 'the echo quorum 2f+1 of n = 3f+1 with five members: two quorums need not meet',
    campaign: 'equivocation',
    fixed: { ...HALF, n: 5, faulty: [4] },
    mutant: 'echo-2f-plus-1',
    seed: 1,
    verdict: 'agreement',
  },
} as const satisfies Record<string, Preset>;

/** One of the names of `PRESETS`. */
export type PresetName = keyof typeof PRESETS;
