import { assert } from '../base/index.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchBytesMax,
  batchedBytes,
  encodeBatch,
  GROUP_MAX,
  groupSealBytes,
  SEAL_BYTES_MAX,
} from '../codec/index.ts';
import type { Limits } from '../committee/index.ts';
import { SIGNATURE_BYTES } from '../crypto/index.ts';
import type { BatchSigner } from './proof.ts';

/** A batch ready to become an instance. */
export interface Batch {
  readonly instance: number;
  readonly payload: Uint8Array;
  readonly firstSeq: number;
  readonly count: number;
}

/** A payload that only lacks its signature: of messages that were submitted together, or an END, which has none. */
export interface Packed {
  readonly payload: Uint8Array;
  /** Application messages in it. */
  readonly count: number;
}

/** A batch on its way: application messages, or what is packed already. */
export interface Draft {
  readonly instance: number;
  readonly content: readonly Uint8Array[] | Packed;
  readonly firstSeq: number;
}

/** Longer batches are signed alone: a signature is little beside them, and they are made where they stand. */
const SHORT_BYTES_MAX = 4_096;

/** What the seal of a short batch takes at most beyond a signature. */
export const GROUP_BYTES_MAX = SEAL_BYTES_MAX - SIGNATURE_BYTES;

/** Whether a batch of so many bytes, signed alone, shares a signature with those beside it. */
export function isShort(bytes: number, limits: Limits): boolean {
  return bytes + GROUP_BYTES_MAX <= Math.min(SHORT_BYTES_MAX, batchBytesMax(limits));
}

/**
 * Makes batches of drafts of consecutive instances, and signs them. Short ones side by side share a signature, which takes
 * longer than all else that is done for one of them. All of these must become durable together or not at all: what a
 * signature covers is never said otherwise.
 */
export function sealed(
  drafts: readonly Draft[],
  signer: BatchSigner | undefined,
  limits: Limits,
): readonly Batch[] {
  const batches: Batch[] = [];
  while (batches.length < drafts.length) {
    const from = batches.length;
    const run = signer === undefined ? 1 : runFrom(drafts, from, limits);
    const seal = run === 1 ? undefined : new Uint8Array(groupSealBytes(run));
    for (const draft of drafts.slice(from, from + run)) batches.push(batchOf(draft, seal));
    const [first, ...others] = batches.slice(from);
    assert(first !== undefined, 'a run has a batch');
    if (others.length === 0) signer?.one(first.instance, first.payload);
    else
      signer?.group(
        first.instance,
        [first, ...others].map(({ payload }) => payload),
      );
  }
  return batches;
}

function batchOf({ instance, content, firstSeq }: Draft, seal: Uint8Array | undefined): Batch {
  if ('payload' in content) return { instance, ...content, firstSeq };
  return { instance, payload: encodeBatch(content, seal), firstSeq, count: content.length };
}

/** How many drafts from `at` on share a signature: one at least. */
function runFrom(drafts: readonly Draft[], at: number, limits: Limits): number {
  let run = 0;
  for (const { content } of drafts.slice(at, at + GROUP_MAX)) {
    if ('payload' in content || !isShort(bytesOf(content), limits)) break;
    run += 1;
  }
  return Math.max(1, run);
}

/** Of a batch of these messages, signed alone. */
export function bytesOf(messages: readonly Uint8Array[]): number {
  let bytes = BATCH_OVERHEAD_BYTES;
  for (const message of messages) bytes += batchedBytes(message);
  return bytes;
}
