import type { LogState, Retention, RetentionNotice } from './retention.ts';

/** Tells, once each time, of consumers that hold back what would be dropped, and of those that are passed over. */
export class Laggards {
  readonly #tell: (notice: RetentionNotice) => void;
  readonly #holding = new Set<string>();

  constructor(tell: (notice: RetentionNotice) => void) {
    this.#tell = tell;
  }

  /** `drop` segments go now; `heldBack` more would. */
  look(log: LogState, drop: number, heldBack: number, retention: Retention): void {
    const { segments, bytes, deliveredCount, consumers } = log;
    const dropped = segments[drop]?.mark.deliveredCount ?? 0;
    const due = segments[drop + heldBack]?.mark.deliveredCount ?? 0;
    const bytesLeft = Math.max(0, retention.bytes + retention.laggardBytes - bytes);
    for (const [consumer, number] of consumers) {
      if (drop > 0 && number < dropped) {
        const lost = dropped - Math.max(number, segments[0]?.mark.deliveredCount ?? 0);
        this.#tell({ kind: 'consumer-passed-over', consumer, lost });
      }
      if (heldBack === 0 || number >= due) this.#holding.delete(consumer);
      else if (!this.#holding.has(consumer)) {
        this.#holding.add(consumer);
        this.#tell({ kind: 'consumer-holds-back', consumer, lag: deliveredCount - number, bytes: bytesLeft });
      }
    }
  }
}
