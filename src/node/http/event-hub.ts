import { setMaxListeners } from 'node:events';
import { agreementJson } from '../agreements/index.ts';
import type { NodeEvents, QuorumcastNode } from '../api.ts';
import { serverSentEvent } from './stream.ts';

export type EventKind = keyof NodeEvents;

export const EVENT_KINDS = Object.keys({
  state: true,
  'peer:connect': true,
  'peer:disconnect': true,
  'peer:refused': true,
  'instance:stalled': true,
  evidence: true,
  'agreement:decided': true,
  skipped: true,
  'consumer:slow': true,
  'consumer:lost': true,
  warning: true,
} satisfies Record<EventKind, true>) as readonly EventKind[];

/** Hands the events of a node to many readers: listens once for each kind and writes each event out once. */
export class EventHub {
  readonly #node: QuorumcastNode;
  readonly #readers = new Set<EventQueue>();
  #listening: AbortController | undefined;

  constructor(node: QuorumcastNode) {
    this.#node = node;
    const end = (): void => {
      for (const reader of this.#readers) reader.end();
    };
    node.closed.then(end, end);
  }

  /** A reader of some kinds of events from now on. It ends with the node, with `signal`, or by `return`. */
  open(kinds: readonly EventKind[], queuedMax: number, signal: AbortSignal): AsyncIterator<string> {
    const reader = new EventQueue(new Set(kinds), queuedMax, () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#rest();
    });
    this.#readers.add(reader);
    this.#listen();
    signal.addEventListener('abort', () => reader.end(), { once: true });
    if (signal.aborted || this.#node.state === 'closed') reader.end();
    return reader;
  }

  #listen(): void {
    if (this.#listening !== undefined) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    // One listener for every kind of event: their number is known, and no leak.
    setMaxListeners(0, signal);
    for (const kind of EVENT_KINDS) {
      this.#node.addEventListener(kind, ({ detail }) => this.#spread(kind, detail), { signal });
    }
  }

  #rest(): void {
    this.#listening?.abort();
    this.#listening = undefined;
  }

  #spread(kind: EventKind, detail: NodeEvents[EventKind]): void {
    const text = serverSentEvent(kind, jsonOf(kind, detail));
    for (const reader of this.#readers) reader.add(kind, text);
  }
}

/** The event as JSON has it: what was agreed on may be bytes. */
function jsonOf(kind: EventKind, detail: NodeEvents[EventKind]): unknown {
  return kind === 'agreement:decided' && 'topic' in detail ? agreementJson(detail) : detail;
}

/** Events in the order they happen, kept for one reader up to a number. */
class EventQueue implements AsyncIterator<string> {
  readonly #kinds: ReadonlySet<EventKind>;
  readonly #queuedMax: number;
  readonly #onEnd: () => void;
  #queue: string[] = [];
  #lost = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(kinds: ReadonlySet<EventKind>, queuedMax: number, onEnd: () => void) {
    this.#kinds = kinds;
    this.#queuedMax = queuedMax;
    this.#onEnd = onEnd;
  }

  add(kind: EventKind, text: string): void {
    if (!this.#kinds.has(kind)) return;
    if (this.#queue.length >= this.#queuedMax) {
      this.#queue.shift();
      this.#lost += 1;
    }
    this.#queue.push(text);
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<string>> {
    while (this.#queue.length === 0) {
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const lost = this.#lost === 0 ? '' : serverSentEvent('lost', { count: this.#lost });
    const value = lost + this.#queue.join('');
    this.#lost = 0;
    this.#queue = [];
    return { done: false, value };
  }

  /** No more events; those that are queued are still read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake?.();
  }

  return(): Promise<IteratorResult<string>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }
}
