import type { NodeId } from '../committee/index.ts';
import type { NodeStatus } from './api.ts';
import { STALLED_MS } from './status.ts';

/** Notices streams whose lowest open instance waits for too long, each time once. */
export class StallWatch {
  readonly #stalled = new Set<NodeId>();
  readonly #beyond = new Set<NodeId>();

  /** Streams of which peers no longer keep what comes next, since the last look. */
  lookBeyond(streams: NodeStatus['streams']): readonly NodeId[] {
    return streams.flatMap(({ sender, beyond }) => {
      if (!beyond) this.#beyond.delete(sender);
      if (!beyond || this.#beyond.has(sender)) return [];
      this.#beyond.add(sender);
      return [sender];
    });
  }

  /** The first undelivered message of every stream that has stalled since the last look. */
  look(streams: NodeStatus['streams']): { readonly sender: NodeId; readonly seq: number }[] {
    return streams.flatMap(({ sender, open, waitingMs, delivered }) => {
      if (open === 0 || waitingMs <= STALLED_MS) {
        this.#stalled.delete(sender);
        return [];
      }
      if (this.#stalled.has(sender)) return [];
      this.#stalled.add(sender);
      return [{ sender, seq: delivered + 1 }];
    });
  }
}
