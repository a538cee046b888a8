import type { Agreement } from '../../../node/index.ts';
import type { AgreementLiarName } from '../../../simulator/index.ts';
import type { PhaseStory } from './story.ts';

/** What the demo tells a member's process. */
export type AgreeOrder =
  | { readonly kind: 'start'; readonly setup: AgreeSetup }
  /** Propose this; `withinMs`: how long it may take to decide. */
  | {
      readonly kind: 'agree';
      readonly id: number;
      readonly topic: string;
      readonly value: 0 | 1;
      readonly withinMs: number;
    }
  | { readonly kind: 'story'; readonly id: number }
  | { readonly kind: 'stop' };

/** How a member's process starts. */
export interface AgreeSetup {
  readonly clusterFile: string;
  readonly keyFile: string;
  readonly dataDir: string;
  /** Its number. */
  readonly self: number;
  readonly liar: AgreementLiarName | undefined;
}

/** What a member's process answers. */
export type AgreeTelling =
  /** Undefined if it did not decide in time. */
  | { readonly kind: 'decided'; readonly id: number; readonly decision: Agreement | undefined }
  | { readonly kind: 'story'; readonly id: number; readonly phases: readonly PhaseStory[] };
