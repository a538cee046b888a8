import type { DeliveriesOptions, Delivery, DeliveryGap, QuorumcastNode } from '../../api.ts';
import { cursorOf, numberOf } from '../../deliveries.ts';
import { QuorumcastError } from '../../errors.ts';
import { Deadline } from '../deadline.ts';
import { duration, optional, required, whole } from '../fields.ts';
import { json, respond, route } from '../route.ts';
import { EVENT_STREAM, serverSentEvent, streamed } from '../stream.ts';
import { deliveryView } from '../views.ts';

const NDJSON = 'application/x-ndjson';
const FROM = 'where to begin: `start`, `now`, or a cursor: the deliveries after it';
const CONSUMER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Lines are sent together up to about this many characters. */
const CHUNK_CHARS = 65_536;
/** How long a consumer that may have read everything is given, where no wait was asked for. */
const CAUGHT_UP_MS = 1_000;
const LIMIT_MAX = 1_000_000;

export const deliveries = route({
  method: 'GET',
  path: '/v1/deliveries',
  operationId: 'getDeliveries',
  summary: 'What was delivered here, one JSON object a line',
  description: [
    'Ends at what there is now. Go on with the cursor of the last line.',
    'A line `{"gap": {sender, senderName, from, to}}` stands where messages were skipped and never come.',
    'With `consumer` it begins where that consumer was acknowledged last; reading alone does not move it.',
  ].join(' '),
  parameters: {
    query: {
      from: optional(FROM, /^[A-Za-z0-9_-]{1,64}$/, 'start'),
      limit: whole('most deliveries in one answer', 1, LIMIT_MAX, 1_000),
      consumer: optional('a durable name to read under', CONSUMER, 'ledger'),
      wait: duration('how long to wait while there is nothing', 60_000, '0s'),
    },
  },
  answers: {
    200: { description: 'Deliveries in the order of this node', content: { [NDJSON]: 'Delivery' } },
  },
  problems: [409, 410],
  handle: (call) => {
    const { from, limit, consumer, wait } = call.query;
    return streamed(call, {
      contentType: NDJSON,
      open: (signal) => {
        const options = {
          ...(from === undefined ? {} : { from }),
          ...(consumer === undefined ? {} : { consumer }),
        };
        return linesOf(call.api.node, options, { limit, waitMs: wait, signal });
      },
    });
  },
});

/** The deliveries from a place on that are there, as lines. Opens its reader at once, so that it throws at once. */
function linesOf(
  node: QuorumcastNode,
  options: DeliveriesOptions,
  { limit, waitMs, signal }: { limit: number; waitMs: number; signal: AbortSignal },
): AsyncIterator<string> {
  const { delivered: before, storage } = node.status();
  const start = placeOf(options, before, storage.first);
  const mayWaitMs = start === undefined ? Math.max(waitMs, CAUGHT_UP_MS) : waitMs;
  if (start === before && mayWaitMs === 0) return nothing();
  const deadline = new Deadline([signal], mayWaitMs);
  if (start !== undefined && start < before) deadline.stopClock();
  const gaps: DeliveryGap[] = [];
  const reader = node.deliveries({
    ...options,
    onGap: (gap) => gaps.push(gap),
    ...(start === undefined ? {} : { from: cursorOf(start) }),
    signal: deadline.signal,
  });
  return new Lines(reader, deadline, limit, { node, gaps });
}

/** Deliveries as lines of JSON, several lines at once, up to the end that there was when the first one came. */
class Lines implements AsyncIterator<string> {
  readonly #reader: AsyncIterableIterator<Delivery>;
  readonly #deadline: Deadline;
  readonly #node: QuorumcastNode;
  /** Met and not written yet. */
  readonly #gaps: DeliveryGap[];
  #left: number;
  #end: number | undefined;

  constructor(
    reader: AsyncIterableIterator<Delivery>,
    deadline: Deadline,
    limit: number,
    { node, gaps }: { readonly node: QuorumcastNode; readonly gaps: DeliveryGap[] },
  ) {
    this.#gaps = gaps;
    this.#reader = reader;
    this.#deadline = deadline;
    this.#left = limit;
    this.#node = node;
  }

  async next(): Promise<IteratorResult<string>> {
    let lines = '';
    while (this.#left > 0 && lines.length < CHUNK_CHARS) {
      const { value, done } = await this.#reader.next();
      for (const gap of this.#gaps.splice(0)) lines += `${JSON.stringify({ gap })}\n`;
      if (done === true) break;
      this.#deadline.stopClock();
      this.#end ??= this.#node.status().delivered;
      lines += `${JSON.stringify(deliveryView(value))}\n`;
      this.#left -= 1;
      if (numberOf(value.cursor, Number.MAX_SAFE_INTEGER) >= this.#end) this.#left = 0;
    }
    return lines === '' ? { done: true, value: undefined } : { done: false, value: lines };
  }

  async return(): Promise<IteratorResult<string>> {
    this.#deadline.release();
    await this.#reader.return?.();
    return { done: true, value: undefined };
  }
}

async function* nothing(): AsyncGenerator<string> {}

/** The number of the delivery after which to begin; undefined if only the consumer's own place tells. */
function placeOf({ from, consumer }: DeliveriesOptions, last: number, first: number): number | undefined {
  if (from === undefined) return consumer === undefined ? first - 1 : undefined;
  if (from === 'start') return first - 1;
  return from === 'now' ? last : numberOf(from, last);
}

export const deliveriesStream = route({
  method: 'GET',
  path: '/v1/deliveries/stream',
  operationId: 'streamDeliveries',
  summary: 'What was and will be delivered here, as server-sent events',
  description: [
    'Events are called `delivery`; their id is the cursor, so that a client that reconnects with `Last-Event-ID`',
    'misses none and gets none twice. An event `gap` tells of messages that were skipped and never come. An event `problem` tells why the stream ends, if it was not asked to.',
  ].join(' '),
  parameters: {
    query: { from: optional(FROM, /^[A-Za-z0-9_-]{1,64}$/, 'start') },
    header: {
      'Last-Event-ID': optional('the cursor of the last event seen', /^[A-Za-z0-9_-]{0,64}$/, 'd17'),
    },
  },
  answers: { 200: { description: 'Events', content: { 'text/event-stream': 'text' } } },
  problems: [410, 503],
  handle: (call) => {
    const { node } = call.api;
    const from = call.header['Last-Event-ID'] || call.query.from;
    const { delivered, storage } = node.status();
    const start = placeOf(from === undefined ? {} : { from }, delivered, storage.first) ?? 0;
    return streamed(call, {
      ...EVENT_STREAM,
      // An id without data: whoever is cut off before the first delivery comes back to this very place.
      opening: `retry: 1000\nid: ${cursorOf(start)}\n\n`,
      open: (signal) => {
        const gaps: DeliveryGap[] = [];
        const onGap = (gap: DeliveryGap): number => gaps.push(gap);
        return eventsOf(node.deliveries({ from: cursorOf(start), signal, onGap }), gaps);
      },
    });
  },
});

/** `gaps`: met by the reader before what it gave last. */
function eventsOf(reader: AsyncIterableIterator<Delivery>, gaps: DeliveryGap[]): AsyncIterator<string> {
  return {
    async next() {
      const { value, done } = await reader.next();
      const missing = gaps.splice(0).map((gap) => serverSentEvent('gap', gap));
      if (done === true) return { done, value: undefined };
      const delivery = serverSentEvent('delivery', deliveryView(value), value.cursor);
      return { done: false, value: [...missing, delivery].join('') };
    },
    async return() {
      await reader.return?.();
      return { done: true, value: undefined };
    },
  };
}

export const acknowledge = route({
  method: 'POST',
  path: '/v1/consumers/{consumer}/ack',
  operationId: 'acknowledge',
  summary: 'Durably moves a consumer past a delivery',
  parameters: {
    path: { consumer: required('the durable name', CONSUMER, 'ledger') },
    query: { cursor: required('the cursor of the last delivery dealt with', /^[A-Za-z0-9_-]{1,64}$/, 'd17') },
  },
  answers: { 200: json('Acknowledged', 'It is past this delivery') },
  problems: [409, 410],
  handle: async ({ api: { node, closing }, path: { consumer }, query: { cursor }, gone }) => {
    const number = numberOf(cursor, node.status().delivered);
    if (number === 0) return respond('Acknowledged', { consumer, cursor });
    const deadline = new Deadline([gone, closing], CAUGHT_UP_MS);
    // Whoever acknowledges what comes after a gap has been told of it.
    const onGap = (): void => undefined;
    const reader = node.deliveries({ consumer, from: cursorOf(number - 1), onGap, signal: deadline.signal });
    try {
      const { value, done } = await reader.next();
      if (done === true || value.cursor !== cursor) {
        throw new QuorumcastError('ERR_CURSOR', `the delivery at "${cursor}" is not kept any more`);
      }
      await value.ack();
      return respond('Acknowledged', { consumer, cursor });
    } finally {
      await reader.return?.();
      deadline.release();
    }
  },
});
