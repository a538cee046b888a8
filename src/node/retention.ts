import type { Logger, NodeEvents, RetentionLimits } from './api.ts';
import { QuorumcastError } from './errors.ts';
import type { Retention, StoreNotice } from './store/index.ts';

/** What a node keeps that is told nothing else. */
export const RETENTION_DEFAULT: RetentionLimits = {
  bytes: 1_073_741_824,
  messages: Number.POSITIVE_INFINITY,
  ageSeconds: Number.POSITIVE_INFINITY,
  laggardBytes: 1_073_741_824,
};

/** Least and most that may be asked for. What has to be kept for peers in the window is far below the least. */
export const RETENTION_RANGE: Readonly<Record<keyof RetentionLimits, readonly [number, number]>> = {
  bytes: [8_388_608, 2 ** 50],
  messages: [1, 2 ** 50],
  ageSeconds: [60, 2 ** 40],
  laggardBytes: [0, 2 ** 50],
};

const SEGMENT_BYTES_MIN = 1_048_576;
const SEGMENT_BYTES_MAX = 67_108_864;

/** The given limits, completed. @throws QuorumcastError ERR_CONFIG for values out of range */
export function retentionOf(given: Partial<RetentionLimits> = {}): RetentionLimits {
  for (const [name, [least, most]] of Object.entries(RETENTION_RANGE)) {
    const value = given[name as keyof RetentionLimits];
    if (value === undefined || value === Number.POSITIVE_INFINITY) continue;
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new QuorumcastError(
      'ERR_CONFIG',
      `\`retention.${name}\` is an integer from ${least} to ${most}, not ${String(value)}`,
    );
  }
  return { ...RETENTION_DEFAULT, ...given };
}

/** What the store is told. */
export function storeRetention({ bytes, messages, ageSeconds, laggardBytes }: RetentionLimits): {
  readonly retention: Retention;
  readonly segmentBytes: number;
} {
  const segmentBytes = Math.max(SEGMENT_BYTES_MIN, Math.min(SEGMENT_BYTES_MAX, Math.floor(bytes / 8)));
  return { retention: { bytes, messages, ageMs: ageSeconds * 1_000, laggardBytes }, segmentBytes };
}

/**
 * Ceiling on the bytes of the log: what is kept, what laggards hold back, the segment being filled with its longest
 * group, and what has to be written again because it is still wanted. The formula of `docs/limits.md`.
 */
export function diskBoundBytes(limits: RetentionLimits, turnBytesMax: number, openBytesMax: number): number {
  const { segmentBytes } = storeRetention(limits);
  return limits.bytes + limits.laggardBytes + segmentBytes + turnBytesMax + openBytesMax;
}

/** Ceiling on the index of that log in memory: at least 300 bytes of it stand for 210 of the index. */
export function indexBoundBytes(limits: RetentionLimits): number {
  return Math.ceil((limits.bytes + limits.laggardBytes) * 0.7);
}

/** What the notices of a store are told to. */
export interface NoticeTarget {
  readonly logger: Logger | undefined;
  readonly slow: (slow: NodeEvents['consumer:slow']) => void;
  readonly lost: (lost: NodeEvents['consumer:lost']) => void;
  /** Deliveries up to this number are kept no more. */
  readonly dropped: (upTo: number) => void;
}

/** Takes the notices of a store, which may come before there is anybody to tell. */
export class StoreNotices {
  #target: NoticeTarget | undefined;
  readonly #waiting: StoreNotice[] = [];

  readonly take = (notice: StoreNotice): void => {
    if (this.#target === undefined) this.#waiting.push(notice);
    else pass(notice, this.#target);
  };

  /** From now on they go there. */
  connect(target: NoticeTarget): void {
    this.#target = target;
    for (const notice of this.#waiting.splice(0)) pass(notice, target);
  }
}

function pass(notice: StoreNotice, { logger, slow, lost, dropped }: NoticeTarget): void {
  switch (notice.kind) {
    case 'tail-cut':
      logger?.warn('storage.notice', { notice });
      return;
    case 'not-removed':
      logger?.warn('storage.not-removed', { reason: notice.reason });
      return;
    case 'dropped':
      logger?.info('storage.dropped', { upTo: notice.upTo, segments: notice.segments, bytes: notice.bytes });
      dropped(notice.upTo);
      return;
    case 'consumer-holds-back':
      slow({ consumer: notice.consumer, lag: notice.lag });
      return;
    case 'consumer-passed-over':
      lost({ consumer: notice.consumer, lost: notice.lost });
  }
}
