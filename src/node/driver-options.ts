import type { MessageBounds } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { PayloadHasher } from '../crypto/index.ts';
import type { MemberEffect, Participant, Stored } from '../member/index.ts';
import type { AgreementTurns } from './agreements/index.ts';
import type { Claims } from './claims.ts';
import type { Store } from './store/index.ts';

/** What the driver needs of the links. */
export interface DriverLinks {
  send(peer: NodeId, frames: Uint8Array): boolean;
  queuedBytes(peer: NodeId): number;
  /** Whether the beginning of a long frame has come from this peer, and its end has not. */
  isReceiving(peer: NodeId): boolean;
  /** Ends the link: the peer sent what no correct member sends. */
  drop(peer: NodeId, detail: string): void;
  /** While paused nothing more is read from this peer. */
  pause(peer: NodeId, paused: boolean): void;
}

/** What the driver tells of a turn once it is durable. */
export interface DriverObserver {
  /** This member's own instance is durable: messages firstSeq to firstSeq+count-1 are accepted. */
  accepted(firstSeq: number, count: number): void;
  delivered(effect: Extract<MemberEffect, { readonly kind: 'deliver' }>): void;
  /** Messages that will never be delivered here, durably. */
  skipped(effect: Extract<MemberEffect, { readonly kind: 'skip' }>): void;
  fault(effect: Extract<MemberEffect, { readonly kind: 'fault' }>): void;
  /** A peer needs what the store does not keep any more. */
  beyond(peer: NodeId): void;
  /** A peer breaks the protocol so often that its frames have to wait: told every time that begins. */
  flooded(peer: NodeId): void;
  /** A peer asks for more than a member needs, for the first time. */
  limited(peer: NodeId): void;
  /** A peer needs a payload that a reader of it has changed. */
  overwritten(): void;
  /** Nothing more can be made durable, or this program found itself wrong: no further vote is cast. */
  fatal(error: unknown): void;
}

/** What a driver is made of. */
export interface DriverOptions {
  readonly self: NodeId;
  /** What its next own instance is called. Undefined for an adversary: others may deliver anything in its name. */
  readonly nextOwnInstance: number | undefined;
  readonly member: Participant;
  /** What stands in the store for what was delivered. */
  readonly stored: Stored;
  readonly store: Store;
  /** Knows of earlier epochs too, where there were any. */
  readonly reading?: Pick<Store, 'messagesBefore'>;
  readonly claims: Claims;
  readonly links: DriverLinks;
  /** Without them it takes no part in any. */
  readonly agreements?: AgreementTurns;
  readonly bounds: MessageBounds;
  readonly hasher: PayloadHasher;
  readonly observer: DriverObserver;
  /** The idempotency records of `count` own messages from `firstSeq` on, to be durable together with them. */
  readonly keyRecords: (firstSeq: number, count: number) => Iterable<Parameters<Store['append']>[0]>;
}
