import { PHASES_AHEAD } from '../agreement/index.ts';
import { RETAINED_PER_SIXTEEN } from '../base/index.ts';
import { batchBytesMax, frameBytesMax, VALUE_BYTES_MAX } from '../codec/index.ts';
import type { Committee, Limits } from '../committee/index.ts';
import {
  AGREEMENT_PHASES_MAX,
  LOCAL_VALUE_MEMBERS_MAX,
  OWN_TOPICS_MAX,
  OWN_VALUES_MAX,
  PEER_TOPICS_MAX,
  PEER_VALUES_MAX,
  SETTLED_TOPICS_MAX,
  senderBytesMax,
} from '../member/index.ts';
import type { NodeLimits } from './api.ts';
import { INBOUND_BYTES_MAX } from './inbound.ts';

/** What a node gets that is given no limits of its own. */
export const NODE_LIMITS_DEFAULT: NodeLimits = {
  bufferedBytesPerPeer: 33_554_432,
  pendingBytes: 16_777_216,
  backlogMessages: 65_536,
  backlogBytes: 67_108_864,
};

/** Bytes of an open instance beside its payloads: its objects, and what each member may add to them. */
const INSTANCE_BYTES = 2_048;
const VOTE_BYTES = 2 * 420 + 10;
/** One broadcast of a step of an agreement, with what was stated in it; and what each member may add to that. */
const STEP_BYTES = 2_304;
const STEP_VOTE_BYTES = 2;
/** What is remembered of agreements that are settled. */
const SETTLED_BYTES = 6_291_456;
/** And of such as were on values, beside. */
const SETTLED_VALUES_BYTES = 3 * SETTLED_TOPICS_MAX * VALUE_BYTES_MAX;
/** Of one proposal of a value, twice with what holds it: what was echoed and what was decided; in memory and as statements. */
const PROPOSAL_BYTES = 4 * (VALUE_BYTES_MAX + 1_024);
/** Rounds of an agreement with a common coin: more take place once in 2^58 times. One holds so much, and a byte for each member. */
const COMMON_ROUNDS = 64;
const ROUND_BYTES = 2_048;
/** What is remembered of answers given to a peer: over its link once, and of two kinds how often ever. */
const ANSWER_BYTES = 8 + 2 * 9;

/** Of a backlog in memory: the oldest and the newest block of short payloads, of which little may be wanted. */
const BACKLOG_BLOCK_BYTES = 65_536;

/**
 * Ceiling on the memory that peers and callers can make a node use, bytes. The formula of `docs/limits.md`, which
 * gives the reason for each term. The store's index of what was delivered is not in it: it grows with the log.
 * `durable`: whether what was delivered lies on disk; else the backlog is in memory.
 */
export function memoryBoundBytes(
  committee: Committee,
  limits: Limits,
  node: NodeLimits,
  durable = true,
): number {
  const { n } = committee;
  const batch = batchBytesMax(limits);
  const payloads = Math.ceil((n * senderBytesMax(committee, limits) * RETAINED_PER_SIXTEEN) / 16);
  const instances = n * limits.window * (INSTANCE_BYTES + n * VOTE_BYTES);
  const answers = n * (n - 1) * limits.window * ANSWER_BYTES;
  const links = (n - 1) * (node.bufferedBytesPerPeer + 2 * frameBytesMax(limits));
  const agreements = agreementsBoundBytes(n);
  const backlog = durable ? 0 : Math.ceil((node.backlogBytes * 17) / 16) + batch + BACKLOG_BLOCK_BYTES;
  const own = node.pendingBytes + limits.bytesPerSender;
  return payloads + instances + answers + links + INBOUND_BYTES_MAX + own + agreements + backlog;
}

/** Of it, agreements, on bits and on values. */
export function agreementsBoundBytes(n: number): number {
  return bitAgreementsBoundBytes(n) + valueAgreementsBoundBytes(n);
}

/** Bytes of one phase of an agreement with coins of one's own. */
function phaseBytes(n: number): number {
  return 3 * n * (STEP_BYTES + n * STEP_VOTE_BYTES);
}

/** On bits: `own` of this member as far as phases go, and those of peers that it takes no part in. */
export function bitAgreementsBoundBytes(n: number, own = OWN_TOPICS_MAX): number {
  const phase = phaseBytes(n);
  const mine = own * (AGREEMENT_PHASES_MAX + PHASES_AHEAD) * phase;
  const others = (n - 1) * PEER_TOPICS_MAX * (1 + PHASES_AHEAD) * phase;
  return mine + others + SETTLED_BYTES;
}

/** On values: n proposals each, and one agreement for each, with coins of one's own up to so many members. */
export function valueAgreementsBoundBytes(n: number): number {
  const own = n > LOCAL_VALUE_MEMBERS_MAX ? 0 : (AGREEMENT_PHASES_MAX + PHASES_AHEAD) * phaseBytes(n);
  const agreement = Math.max(own, COMMON_ROUNDS * (ROUND_BYTES + n));
  const one = n * (n * VOTE_BYTES + PROPOSAL_BYTES + agreement);
  return (OWN_VALUES_MAX + (n - 1) * PEER_VALUES_MAX) * one + SETTLED_VALUES_BYTES;
}
