import { bytesEqual, copyBytes } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import { monotonicMs } from './clock.ts';
import type { Admission } from './link/index.ts';
import type { Store } from './store/index.ts';

interface Known {
  readonly logId: Uint8Array;
  position: number;
  writtenPosition: number;
  writtenAtMs: number;
}

/** Least time between two records about the same peer: they ride along with binding records, never alone. */
const WRITE_INTERVAL_MS = 1_000;

/**
 * What this member remembers of the others' logs in this epoch: which log each has, and how far it was. A member
 * that shows another log, or an earlier position of the same, has forgotten what it said and is refused.
 */
export class Claims {
  readonly #store: Store;
  readonly #known = new Map<NodeId, Known>();

  constructor(store: Store) {
    this.#store = store;
    for (const [peer, { logId, position }] of store.peers()) {
      this.#known.set(peer, { logId, position, writtenPosition: position, writtenAtMs: 0 });
    }
  }

  /** Judges a claim and remembers it if it is good. The first one of a peer is always good. */
  admit(peer: NodeId, logId: Uint8Array, position: number): Admission {
    const known = this.#known.get(peer);
    if (known === undefined) {
      this.#known.set(peer, { logId: copyBytes(logId), position, writtenPosition: -1, writtenAtMs: 0 });
      return 'ok';
    }
    if (!bytesEqual(known.logId, logId)) return 'state-lost';
    if (position < known.position) return 'state-rolled-back';
    known.position = position;
    return 'ok';
  }

  /**
   * Appends what is news to the store, to become durable with whatever else does. `all`: without regard to how
   * recently it was written.
   */
  write(all: boolean): boolean {
    const now = monotonicMs();
    let wrote = false;
    for (const [member, known] of this.#known) {
      if (known.position <= known.writtenPosition) continue;
      if (!all && known.writtenPosition >= 0 && now - known.writtenAtMs < WRITE_INTERVAL_MS) continue;
      known.writtenPosition = known.position;
      known.writtenAtMs = now;
      this.#store.append({ kind: 'peer', member, logId: known.logId, position: known.position });
      wrote = true;
    }
    return wrote;
  }

  /** Whether a peer was never written down yet: that should not wait for other records. */
  get hasNewPeer(): boolean {
    for (const known of this.#known.values()) if (known.writtenPosition < 0) return true;
    return false;
  }
}
