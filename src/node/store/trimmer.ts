import type { NodeId } from '../../committee/index.ts';
import type { Catalog, Mark } from './catalog.ts';
import type { Disk } from './disk.ts';
import { Laggards } from './laggards.ts';
import type { StoreNotice } from './open-log.ts';
import type { PayloadReader } from './payload-reader.ts';
import { planDrop, type Retention, type SegmentInfo } from './retention.ts';
import { removeSegments } from './segment.ts';

/** What a trimmer works on. */
export interface TrimmerOptions {
  readonly dir: string;
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly reader: PayloadReader;
  readonly segments: readonly SegmentInfo[];
  readonly retention: Retention;
  /** The wall clock, milliseconds. */
  readonly nowMs: () => number;
  readonly onNotice: (notice: StoreNotice) => void;
  /** Bytes of the segment that is written to. */
  readonly lastBytes: () => number;
  /** Messages delivered durably. */
  readonly deliveredCount: () => number;
  /** By sender: the instance below which others need nothing from here any more. */
  readonly settled: () => (sender: NodeId) => number;
  /** Appends the payload of this row again. */
  readonly writeAgain: (row: number) => Promise<void>;
  readonly sync: () => Promise<void>;
  /** Whether nothing more may be done. */
  readonly stopped: () => boolean;
}

/** Keeps a log within what is to be kept: knows its segments, and drops the oldest. */
export class Trimmer {
  readonly #options: TrimmerOptions;
  readonly #laggards: Laggards;
  /** In order; of the last one, which is written to, `bytes` does not count. */
  #segments: SegmentInfo[];
  /** Segments dropped since the store was opened. */
  #dropped = 0;
  #running: Promise<void> | undefined;
  readonly #openedMs: number;

  constructor(options: TrimmerOptions) {
    this.#options = options;
    this.#segments = [...options.segments];
    this.#laggards = new Laggards(options.onNotice);
    this.#openedMs = options.nowMs();
  }

  /** Bytes of the whole log. */
  get bytes(): number {
    const before = this.#segments.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0);
    return before + this.#options.lastBytes();
  }

  /** Whether the last segment is as old as a tenth of what is kept: else little that is written would never go. */
  get lastIsOld(): boolean {
    const { nowMs, retention } = this.#options;
    return nowMs() - (this.#segments.at(-1)?.atMs ?? this.#openedMs) > retention.ageMs / 10;
  }

  /** The last segment is `bytes` long in the end; after it comes one that was begun at `mark`. */
  rotated(bytes: number, path: string, atMs: number, mark: Mark): void {
    const last = this.#segments.pop();
    if (last !== undefined) this.#segments.push({ ...last, bytes });
    this.#segments.push({ path, bytes: 0, atMs, mark });
    this.start();
  }

  /** Looks for something to drop, unless that is under way. */
  start(): void {
    if (this.#options.stopped()) return;
    this.#running ??= this.#trim()
      .catch((error: unknown) => {
        // A disk that fails is met again by whoever writes; a file that cannot be removed is left behind.
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.onNotice({ kind: 'not-removed', reason });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Drops the segments that are beyond what is kept, once what is still needed of them is written again. */
  async #trim(): Promise<void> {
    const { catalog, nowMs, retention, reader, dir, disk } = this.#options;
    const state = {
      segments: this.#segments,
      bytes: this.bytes,
      deliveredCount: this.#options.deliveredCount(),
      settledCount: catalog.settledCount(this.#options.settled()),
      consumers: catalog.consumers,
    };
    const { drop, heldBack } = planDrop(state, nowMs(), retention);
    this.#laggards.look(state, drop, heldBack, retention);
    const mark = this.#segments[drop]?.mark;
    if (drop === 0 || mark === undefined) return;
    for (let rows = catalog.stragglers(mark); rows.length > 0; rows = catalog.stragglers(mark)) {
      for (const row of rows) await this.#options.writeAgain(row);
      await this.#options.sync();
    }
    const gone = this.#segments.slice(0, drop);
    this.#segments = this.#segments.slice(drop);
    this.#dropped += drop;
    catalog.dropBelow(mark);
    reader.dropBelow(this.#dropped);
    const bytes = gone.reduce((sum, segment) => sum + segment.bytes, 0);
    this.#options.onNotice({ kind: 'dropped', upTo: mark.deliveredCount, segments: drop, bytes });
    const paths = gone.map(({ path }) => path);
    await removeSegments(dir, disk, paths);
  }
}
