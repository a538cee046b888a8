import type { CampaignName } from '../campaign/index.ts';
import type { PropertyName } from '../checker/index.ts';

/** The first run that tells a mutant from the correct code, and how. */
export interface Kill {
  readonly campaign: CampaignName;
  readonly seed: number;
  readonly property: PropertyName | 'undecided';
}

/** By mutant. Written by `node scripts/kills.mjs`. */
export const KILLS: Readonly<Record<string, Kill>> = {
  'echo-minus-1': { campaign: 'liars', seed: 61, property: 'agreement' },
  'echo-plus-1': { campaign: 'liars', seed: 3, property: 'validity' },
  'echo-2f-plus-1': { campaign: 'liars', seed: 61, property: 'agreement' },
  'echo-majority': { campaign: 'mixed', seed: 314, property: 'agreement' },
  'early-echo-minus-1': { campaign: 'equivocation', seed: 1, property: 'agreement' },
  'early-echo-plus-1': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'deliver-early-minus-1': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'amplify-minus-1': { campaign: 'equivocation', seed: 2, property: 'no-false-accusation' },
  'amplify-plus-1': { campaign: 'crashes', seed: 1, property: 'no-assertion-fails' },
  'deliver-minus-1': { campaign: 'equivocation', seed: 11, property: 'validity' },
  'deliver-plus-1': { campaign: 'liars', seed: 3, property: 'validity' },
  'adopt-minus-1': { campaign: 'hindrance', seed: 1, property: 'no-assertion-fails' },
  'early-with-plain-quorum': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'early-counts-sender': { campaign: 'tight', seed: 14, property: 'no-false-accusation' },
  'no-vote-dedup': { campaign: 'hindrance', seed: 2, property: 'no-false-accusation' },
  'no-done-dedup': { campaign: 'hindrance', seed: 1, property: 'no-assertion-fails' },
  'done-adds-ready-again': { campaign: 'hindrance', seed: 1, property: 'validity' },
  'votes-not-keyed': { campaign: 'equivocation', seed: 1, property: 'agreement' },
  'no-amplification': { campaign: 'crashes', seed: 1, property: 'no-assertion-fails' },
  'amplify-at-deliver': { campaign: 'hindrance', seed: 6, property: 'totality' },
  'echo-only': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'amplify-on-echo': { campaign: 'equivocation', seed: 41, property: 'no-false-accusation' },
  'deliver-on-echo': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'ready-needs-initial': { campaign: 'crashes', seed: 1, property: 'no-assertion-fails' },
  'initial-from-anyone': { campaign: 'liars', seed: 21, property: 'no-false-accusation' },
  'second-initial-echoed': { campaign: 'hindrance', seed: 15, property: 'no-assertion-fails' },
  'equivocation-echoed': { campaign: 'equivocation', seed: 1, property: 'no-assertion-fails' },
  'invalid-echoed': { campaign: 'liars', seed: 2, property: 'integrity' },
  'deliver-own-echo': { campaign: 'equivocation', seed: 1, property: 'agreement' },
  'no-pull': { campaign: 'equivocation', seed: 1, property: 'totality' },
  'no-pull-rotation': { campaign: 'hindrance', seed: 5, property: 'validity' },
  'pull-unchecked': { campaign: 'liars', seed: 1, property: 'agreement' },
  'late-answer-accused': { campaign: 'schedules', seed: 7, property: 'no-false-accusation' },
  'decided-body-ignored': { campaign: 'liars', seed: 1, property: 'validity' },
  'restore-forgets-echo': { campaign: 'crashes', seed: 1, property: 'no-assertion-fails' },
  'restore-forgets-ready': { campaign: 'hindrance', seed: 6, property: 'no-assertion-fails' },
  'owes-no-initial': { campaign: 'liars', seed: 1, property: 'validity' },
  'owes-no-echo': { campaign: 'mixed', seed: 2, property: 'validity' },
  'owes-no-ready': { campaign: 'hindrance', seed: 6, property: 'validity' },
  'no-window': { campaign: 'tight', seed: 17, property: 'memory' },
  'window-off-by-one': { campaign: 'tight', seed: 17, property: 'memory' },
  'window-too-small': { campaign: 'tight', seed: 26, property: 'validity' },
  'no-byte-budget': { campaign: 'tight', seed: 93, property: 'memory' },
  'budget-starves-lowest': { campaign: 'tight', seed: 4, property: 'totality' },
  'no-fifo': { campaign: 'liars', seed: 1, property: 'no-assertion-fails' },
  'batch-counts-one': { campaign: 'tight', seed: 1, property: 'fifo' },
  'no-own-copy': { campaign: 'equivocation', seed: 1, property: 'validity' },
  'past-pull-unanswered': { campaign: 'equivocation', seed: 1, property: 'totality' },
  'no-recall': { campaign: 'equivocation', seed: 1, property: 'validity' },
  'recall-never-full': { campaign: 'tight', seed: 2, property: 'validity' },
  'no-resync': { campaign: 'liars', seed: 1, property: 'validity' },
  'window-never-moves': { campaign: 'tight', seed: 2, property: 'validity' },
  'said-to-synced-only-once': { campaign: 'tight', seed: 5, property: 'validity' },
  'low-base-of-all': { campaign: 'tight', seed: 1, property: 'validity' },
  'restart-reuses-numbers': { campaign: 'tight', seed: 2, property: 'no-assertion-fails' },
  'skip-at-f': { campaign: 'away', seed: 62, property: 'agreement' },
};
