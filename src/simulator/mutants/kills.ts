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
  'echo-minus-1': { campaign: 'liars', seed: 31, property: 'agreement' },
  'echo-plus-1': { campaign: 'liars', seed: 3, property: 'validity' },
  'echo-2f-plus-1': { campaign: 'liars', seed: 31, property: 'agreement' },
  'echo-majority': { campaign: 'tight', seed: 93, property: 'no-false-accusation' },
  'early-echo-minus-1': { campaign: 'liars', seed: 1, property: 'agreement' },
  'early-echo-plus-1': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'deliver-early-minus-1': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'amplify-minus-1': { campaign: 'equivocation', seed: 2, property: 'no-false-accusation' },
  'amplify-plus-1': { campaign: 'liars', seed: 1, property: 'no-assertion-fails' },
  'deliver-minus-1': { campaign: 'liars', seed: 6, property: 'totality' },
  'deliver-plus-1': { campaign: 'liars', seed: 3, property: 'validity' },
  'adopt-minus-1': { campaign: 'hindrance', seed: 1, property: 'no-assertion-fails' },
  'early-with-plain-quorum': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'early-counts-sender': { campaign: 'equivocation', seed: 53, property: 'agreement' },
  'no-vote-dedup': { campaign: 'liars', seed: 3, property: 'agreement' },
  'no-done-dedup': { campaign: 'hindrance', seed: 1, property: 'no-assertion-fails' },
  'done-adds-ready-again': { campaign: 'hindrance', seed: 1, property: 'validity' },
  'votes-not-keyed': { campaign: 'liars', seed: 1, property: 'agreement' },
  'no-amplification': { campaign: 'liars', seed: 1, property: 'no-assertion-fails' },
  'amplify-at-deliver': { campaign: 'liars', seed: 139, property: 'totality' },
  'echo-only': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'amplify-on-echo': { campaign: 'equivocation', seed: 41, property: 'no-false-accusation' },
  'deliver-on-echo': { campaign: 'calm', seed: 1, property: 'no-assertion-fails' },
  'ready-needs-initial': { campaign: 'crashes', seed: 1, property: 'no-assertion-fails' },
  'initial-from-anyone': { campaign: 'liars', seed: 2, property: 'no-false-accusation' },
  'second-initial-echoed': { campaign: 'equivocation', seed: 24, property: 'no-assertion-fails' },
  'equivocation-echoed': { campaign: 'liars', seed: 1, property: 'no-assertion-fails' },
  'invalid-echoed': { campaign: 'tight', seed: 25, property: 'integrity' },
  'deliver-own-echo': { campaign: 'liars', seed: 1, property: 'agreement' },
  'no-pull': { campaign: 'liars', seed: 1, property: 'totality' },
  'no-pull-rotation': { campaign: 'tight', seed: 1, property: 'validity' },
  'pull-unchecked': { campaign: 'hindrance', seed: 41, property: 'integrity' },
  'late-answer-accused': { campaign: 'schedules', seed: 7, property: 'no-false-accusation' },
  'decided-body-ignored': { campaign: 'crashes', seed: 1, property: 'validity' },
  'restore-forgets-echo': { campaign: 'hindrance', seed: 2, property: 'no-assertion-fails' },
  'restore-forgets-ready': { campaign: 'mixed', seed: 2, property: 'no-assertion-fails' },
  'owes-no-initial': { campaign: 'liars', seed: 1, property: 'validity' },
  'owes-no-echo': { campaign: 'hindrance', seed: 2, property: 'validity' },
  'owes-no-ready': { campaign: 'hindrance', seed: 6, property: 'validity' },
  'no-window': { campaign: 'tight', seed: 10, property: 'memory' },
  'window-off-by-one': { campaign: 'tight', seed: 23, property: 'memory' },
  'window-too-small': { campaign: 'tight', seed: 1, property: 'validity' },
  'no-byte-budget': { campaign: 'tight', seed: 12, property: 'memory' },
  'budget-starves-lowest': { campaign: 'tight', seed: 1, property: 'totality' },
  'no-fifo': { campaign: 'liars', seed: 1, property: 'no-assertion-fails' },
  'batch-counts-one': { campaign: 'tight', seed: 1, property: 'fifo' },
  'no-own-copy': { campaign: 'equivocation', seed: 1, property: 'validity' },
  'past-pull-unanswered': { campaign: 'liars', seed: 1, property: 'totality' },
  'no-recall': { campaign: 'liars', seed: 1, property: 'validity' },
  'recall-never-full': { campaign: 'tight', seed: 1, property: 'validity' },
  'no-resync': { campaign: 'liars', seed: 1, property: 'validity' },
  'window-never-moves': { campaign: 'tight', seed: 13, property: 'validity' },
  'said-to-synced-only-once': { campaign: 'tight', seed: 2, property: 'validity' },
  'low-base-of-all': { campaign: 'tight', seed: 2, property: 'validity' },
  'restart-reuses-numbers': { campaign: 'tight', seed: 6, property: 'no-assertion-fails' },
};
