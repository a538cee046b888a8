import type { Prng } from '../../base/index.ts';
import type { BroadcastForm } from '../../broadcast/index.ts';
import type { MemberMessage } from '../../codec/index.ts';
import type { Committee, Limits, NodeId } from '../../committee/index.ts';
import type { PayloadHasher } from '../../crypto/index.ts';
import type { Member, Participant } from '../../member/index.ts';

/** What the faulty members' mind has to work with. */
export interface MindContext {
  readonly committee: Committee;
  readonly limits: Limits;
  readonly form: BroadcastForm;
  readonly hasher: PayloadHasher;
  /** The members it controls. */
  readonly faulty: readonly NodeId[];
  readonly correct: readonly NodeId[];
  /** Chance that belongs to the run: the same seed, the same lies. */
  readonly prng: Prng;
  /** Signs a batch as one of its members; as anybody else it cannot, and leaves the batch as it is. */
  readonly sign: (from: number, instance: number, batch: Uint8Array) => void;
  /** Sends a message as one of its members, through the real codec. Sending as anybody else is impossible. */
  readonly send: (from: NodeId, to: NodeId, message: MemberMessage) => void;
}

/**
 * One mind behind all faulty members. It sees every message that anybody sends at the moment it is sent, and may
 * send anything that its members could. Its members run an honest state machine too, whose words it may bend.
 */
export interface Mind {
  /** Somebody sent something. `message` is borrowed. */
  observe?(from: NodeId, to: NodeId, message: MemberMessage): void;
  /** Its turn: now and then, a bounded number of times. */
  act?(): void;
  /** Takes the place of the honest machine of one of its members. Default: that machine says nothing. */
  participant?(honest: Member): Participant;
}

/** Makes the mind of a run. */
export type MindFactory = (context: MindContext) => Mind;
