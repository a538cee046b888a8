import type { AdversaryName } from '../../simulator/index.ts';

/** What the demo tells a member's process. */
export type Order =
  | { readonly kind: 'start'; readonly setup: MemberSetup }
  | { readonly kind: 'broadcast'; readonly id: number; readonly base64: string }
  | { readonly kind: 'report'; readonly id: number }
  | { readonly kind: 'stop' };

/** How a member's process starts. */
export interface MemberSetup {
  readonly clusterFile: string;
  readonly keyFile: string;
  readonly dataDir: string;
  readonly adversary: AdversaryName | undefined;
}

/** What every member's process tells the demo that forked it. */
export type CommonTelling =
  | { readonly kind: 'ready' }
  /** What was ordered cannot be done. */
  | { readonly kind: 'refused'; readonly id: number; readonly error: string }
  /** It is of no use any more. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint: string };

/** What a member's process tells the demo. */
export type Telling =
  | { readonly kind: 'listening'; readonly address: string }
  | { readonly kind: 'accepted'; readonly id: number; readonly seq: number }
  | { readonly kind: 'lie'; readonly text: string; readonly instance: string | undefined }
  | {
      readonly kind: 'evidence';
      readonly peer: string;
      readonly code: string;
      readonly about: string | undefined;
      /** Whether it can be proven to anybody. */
      readonly proven: boolean;
    }
  | { readonly kind: 'report'; readonly id: number; readonly report: MemberReport };

/** Where a member is. */
export interface MemberReport {
  readonly delivered: number;
  /** By sender: messages delivered here. */
  readonly deliveredBySender: readonly number[];
  /** Own broadcasts, from the call to the delivery here, milliseconds, sorted. */
  readonly latenciesMs: readonly number[];
  readonly messagesSent: number;
  readonly bytesSent: number;
  readonly syncs: number;
  readonly linksUp: number;
  /** Why it is not ready, one sentence each; empty if it is. */
  readonly reasons: readonly string[];
}
