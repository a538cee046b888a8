import type { Mark } from './catalog.ts';

/** How much is kept of what was delivered. A segment goes when all in it is beyond one of the first three. */
export interface Retention {
  /** Bytes of the log. */
  readonly bytes: number;
  /** Delivered messages. */
  readonly messages: number;
  /** Milliseconds. */
  readonly ageMs: number;
  /** Bytes of the log beyond `bytes` that named consumers can hold back by not acknowledging. */
  readonly laggardBytes: number;
}

/** Keeps everything. */
export const KEEP_ALL: Retention = {
  bytes: Number.POSITIVE_INFINITY,
  messages: Number.POSITIVE_INFINITY,
  ageMs: Number.POSITIVE_INFINITY,
  laggardBytes: Number.POSITIVE_INFINITY,
};

/** A segment, as retention sees it. */
export interface SegmentInfo {
  readonly path: string;
  readonly bytes: number;
  /** When it was begun, by the wall clock; undefined if it is the first of its log. */
  readonly atMs: number | undefined;
  /** How far the log was when it was begun: what would be let go of if it were the first. */
  readonly mark: Mark;
}

/** What retention does that somebody has to know of. */
export type RetentionNotice =
  /** Deliveries up to this number are kept no more. */
  | { readonly kind: 'dropped'; readonly upTo: number; readonly segments: number; readonly bytes: number }
  /** A consumer holds back what would go otherwise: `lag` messages until the end, `bytes` until it is passed over. */
  | {
      readonly kind: 'consumer-holds-back';
      readonly consumer: string;
      readonly lag: number;
      readonly bytes: number;
    }
  /** A consumer held back for too long: `lost` messages that it has not acknowledged are kept no more. */
  | { readonly kind: 'consumer-passed-over'; readonly consumer: string; readonly lost: number }
  /** A segment could not be removed; it is tried again. */
  | { readonly kind: 'not-removed'; readonly reason: string };

/** What a log comes to that retention looks at. */
export interface LogState {
  /** In order; of the last one `bytes` does not count. */
  readonly segments: readonly SegmentInfo[];
  /** Of all segments. */
  readonly bytes: number;
  readonly deliveredCount: number;
  /** Deliveries up to this number need not be kept for others: enough of them have them. */
  readonly settledCount: number;
  /** The number that each named consumer has acknowledged. */
  readonly consumers: ReadonlyMap<string, number>;
}

/**
 * How many of the oldest segments go, and how many more would if no consumer held them back. The last one always
 * stays.
 */
export function planDrop(
  log: LogState,
  nowMs: number,
  retention: Retention,
): { readonly drop: number; readonly heldBack: number } {
  const acknowledged = Math.min(Number.POSITIVE_INFINITY, ...log.consumers.values());
  const drop = segmentsToDrop(log, nowMs, retention, acknowledged);
  const due = segmentsToDrop(log, nowMs, retention, Number.POSITIVE_INFINITY);
  return { drop, heldBack: due - drop };
}

function segmentsToDrop(log: LogState, nowMs: number, retention: Retention, acknowledged: number): number {
  const { segments, deliveredCount } = log;
  let { bytes } = log;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next === undefined) return index;
    const { mark, atMs } = next;
    const isOver =
      bytes > retention.bytes ||
      deliveredCount - mark.deliveredCount >= retention.messages ||
      (atMs !== undefined && nowMs - atMs >= retention.ageMs);
    if (mark.deliveredCount > log.settledCount) return index;
    const isAwaited = acknowledged < mark.deliveredCount;
    if (!isOver || (isAwaited && bytes <= retention.bytes + retention.laggardBytes)) return index;
    bytes -= segment.bytes;
  }
  return 0;
}
