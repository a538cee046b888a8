import type { NodeEvents, QuorumcastNode } from '../../api.ts';
import { choices } from '../fields.ts';
import { route } from '../route.ts';
import { EVENT_STREAM, serverSentEvent, streamed } from '../stream.ts';

type EventKind = keyof NodeEvents;

const EVENT_KINDS = Object.keys({
  state: true,
  'peer:connect': true,
  'peer:disconnect': true,
  'peer:refused': true,
  'instance:stalled': true,
  evidence: true,
  'consumer:slow': true,
  warning: true,
} satisfies Record<EventKind, true>) as readonly EventKind[];

export const events = route({
  method: 'GET',
  path: '/v1/events',
  operationId: 'streamEvents',
  summary: 'What happens at this node, as server-sent events',
  description: [
    'From now on; past events are not kept. A reader that is too slow misses some and is told how many by an',
    'event `lost`.',
  ].join(' '),
  parameters: { query: { types: choices('the kinds of event wanted, separated by commas', EVENT_KINDS) } },
  answers: { 200: { description: 'Events', content: { 'text/event-stream': 'text' } } },
  problems: [503],
  handle: (call) => {
    const { node, limits } = call.api;
    return streamed(call, {
      ...EVENT_STREAM,
      opening: 'retry: 1000\n\n',
      open: (signal) => new EventQueue(node, call.query.types, limits.eventsQueued, signal),
    });
  },
});

/** Events of a node in the order they happen, kept for a reader up to a number. Ends with the node. */
class EventQueue implements AsyncIterator<string> {
  readonly #queuedMax: number;
  readonly #stop = new AbortController();
  #queue: string[] = [];
  #lost = 0;
  #wake: (() => void) | undefined;

  constructor(node: QuorumcastNode, kinds: readonly EventKind[], queuedMax: number, signal: AbortSignal) {
    this.#queuedMax = queuedMax;
    for (const kind of kinds) {
      node.addEventListener(kind, (event) => this.#add(kind, event.detail), { signal: this.#stop.signal });
    }
    const end = (): void => this.#end();
    signal.addEventListener('abort', end, { once: true, signal: this.#stop.signal });
    node.closed.then(end, end);
  }

  async next(): Promise<IteratorResult<string>> {
    while (this.#queue.length === 0 && this.#lost === 0) {
      if (this.#stop.signal.aborted) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const lost = this.#lost === 0 ? [] : [serverSentEvent('lost', { count: this.#lost })];
    const value = [...lost, ...this.#queue].join('');
    this.#lost = 0;
    this.#queue = [];
    return { done: false, value };
  }

  return(): Promise<IteratorResult<string>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  #add(kind: EventKind, detail: unknown): void {
    if (this.#queue.length >= this.#queuedMax) {
      this.#queue.shift();
      this.#lost += 1;
    }
    this.#queue.push(serverSentEvent(kind, detail));
    this.#wake?.();
  }

  #end(): void {
    this.#stop.abort();
    this.#wake?.();
  }
}
