import type { NodeId } from '../committee/index.ts';
import type { NodeStatus } from './api.ts';
import { STALLED_MS } from './status.ts';

/** Notices streams whose lowest open instance waits for too long, each time once. */
export class StallWatch {
  readonly #stalled = new Set<NodeId>();

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
