import * as v from 'valibot';
import type { Broadcast, Delivery } from '../../api.ts';
import { monotonicMs } from '../../clock.ts';
import { decodeUtf8, parseJson, readBody } from '../body.ts';
import { Deadline } from '../deadline.ts';
import { choice, duration, optional } from '../fields.ts';
import { jsonBodyBytesMax } from '../limits.ts';
import { HttpProblem } from '../problem.ts';
import { type Api, type Connection, json, respond, route } from '../route.ts';
import { type JsonOf, SCHEMAS } from '../schemas.ts';
import { deliveryView, senderOf, unknownMessage } from '../views.ts';
import { REF } from './state.ts';

/** Longest wait one request may ask for. Kept below the idle time of sockets. */
const WAIT_MAX_MS = 60_000;

const BYTES = 'application/octet-stream';

export const broadcast = route({
  method: 'POST',
  path: '/v1/broadcasts',
  operationId: 'broadcast',
  summary: 'Broadcasts a message',
  description: [
    'The message is the body as it is, or the field `text` or `base64` of a JSON body.',
    'It is accepted when it is durable here: it survives a crash and is delivered everywhere once enough members',
    'are up. `delivered: false` after a wait means that the time was over, not that it failed.',
  ].join(' '),
  parameters: {
    query: {
      wait: choice('what to wait for', ['accepted', 'delivered'], 'accepted'),
      timeout: duration('how long to wait', WAIT_MAX_MS, '10s'),
    },
    header: {
      'Idempotency-Key': optional(
        'the same key with the same bytes broadcasts once, also across restarts',
        /^[!-~]([ -~]{0,254}[!-~])?$/,
        'order-17',
      ),
    },
  },
  takes: { [BYTES]: 'bytes', 'text/plain': 'text', 'application/json': ['NewText', 'NewBytes'] },
  answers: {
    200: json('Broadcast', 'Delivered here, or the key was used before with the same bytes'),
    202: json('Broadcast', 'Accepted: durable here, not delivered yet'),
  },
  problems: [409, 413, 415, 429, 504],
  handle: async (call) => {
    const { api, query, header } = call;
    const share = api.bodies.open();
    let deadline: Deadline | undefined;
    try {
      const payload = await payloadOf(call, share);
      deadline = new Deadline([call.gone, api.closing], query.timeout);
      const idempotencyKey = header['Idempotency-Key'];
      const accepted = await api.node.broadcast(payload, {
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        signal: deadline.signal,
      });
      share.release();
      if (!accepted.duplicate) observe(accepted, api);
      const delivery =
        query.wait === 'delivered'
          ? await deliveryIn(accepted, deadline.signal)
          : accepted.duplicate
            ? await api.node.delivery(accepted)
            : undefined;
      return answerTo(call, accepted, delivery);
    } finally {
      share.release();
      deadline?.release();
    }
  },
});

/** Times a message from here to its delivery, however long that takes and whoever waits for it. */
function observe(accepted: Broadcast, { metrics }: Api): void {
  const start = monotonicMs();
  accepted.delivered().then(
    () => metrics.onDelivered((monotonicMs() - start) / 1_000),
    // The node closed first: there is nothing to time.
    () => undefined,
  );
}

/** Undefined if it was not delivered in time: that it was accepted stays true, so this is no error. */
async function deliveryIn(accepted: Broadcast, signal: AbortSignal): Promise<Delivery | undefined> {
  try {
    return await accepted.delivered({ signal });
  } catch {
    return undefined;
  }
}

function answerTo({ api }: Connection, accepted: Broadcast, delivery: Delivery | undefined): Response {
  const { sender, seq, digest, duplicate } = accepted;
  const senderName = api.node.name;
  const base = { sender, senderName, seq, digest, duplicate, delivered: delivery !== undefined };
  const view: JsonOf<'Broadcast'> = delivery === undefined ? base : { ...base, cursor: delivery.cursor };
  return respond('Broadcast', view, duplicate || view.delivered ? 200 : 202, {
    Location: `/v1/broadcasts/${senderName}/${seq}`,
  });
}

type Reading = Parameters<typeof readBody>[2];

async function payloadOf({ api, incoming }: Connection, share: Reading): Promise<Uint8Array> {
  const { payloadBytes } = api.limits;
  const { type, charset } = contentType(incoming.headers['content-type'] ?? BYTES);
  const encoding = incoming.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpProblem(415, 'bodies are taken as they are, not compressed', {
      hint: 'leave out Content-Encoding',
      headers: { 'Accept-Encoding': 'identity' },
    });
  }
  if (type === BYTES) return readBody(incoming, payloadBytes, share);
  if (type === 'text/plain' && charset === 'utf-8') {
    const bytes = await readBody(incoming, payloadBytes, share);
    if (decodeUtf8(bytes) !== undefined) return bytes;
    throw new HttpProblem(400, 'the body is not valid UTF-8', { hint: `send other bytes as ${BYTES}` });
  }
  if (type === 'application/json' && charset === 'utf-8') {
    return payloadOfJson(parseJson(await readBody(incoming, jsonBodyBytesMax(payloadBytes), share)));
  }
  throw new HttpProblem(415, `a body of type "${type.slice(0, 64)}" is not taken`, {
    hint: `use ${BYTES}, text/plain (UTF-8) or application/json; with curl: -H 'content-type: text/plain'`,
    headers: { Accept: `${BYTES}, text/plain;charset=utf-8, application/json` },
  });
}

function payloadOfJson(value: unknown): Uint8Array {
  const isBytes = typeof value === 'object' && value !== null && Object.hasOwn(value, 'base64');
  const result = v.safeParse(isBytes ? SCHEMAS.NewBytes : SCHEMAS.NewText, value, { abortEarly: true });
  if (!result.success) {
    throw new HttpProblem(400, `the body is no message: ${result.issues[0].message}`, {
      hint: 'send {"text":"..."} or {"base64":"..."}, nothing else in it',
    });
  }
  return 'text' in result.output
    ? Buffer.from(result.output.text, 'utf8')
    : Buffer.from(result.output.base64, 'base64');
}

/** The media type, lower case, and its charset; UTF-8 if it names none. */
function contentType(header: string): { type: string; charset: string } {
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  const charset = parameters.map((text) => /^\s*charset="?([^"\s]+)"?\s*$/.exec(text)?.[1]).find(Boolean);
  return { type: type.trim(), charset: charset === 'utf8' ? 'utf-8' : (charset ?? 'utf-8') };
}

export const message = route({
  method: 'GET',
  path: '/v1/broadcasts/{sender}/{seq}',
  operationId: 'getMessage',
  summary: 'A message: delivered, or how far it is',
  description: `With \`Accept: ${BYTES}\` a delivered message comes as it is.`,
  parameters: { path: REF },
  answers: {
    200: {
      description: 'The message, or what it waits for',
      content: { 'application/json': 'Message', [BYTES]: 'bytes' },
    },
  },
  problems: [404],
  handle: async ({ api: { node }, path, incoming }) => {
    const sender = senderOf(node, path.sender);
    const ref = { sender, seq: path.seq };
    const delivery = await node.delivery(ref);
    if (delivery !== undefined && incoming.headers.accept === BYTES) {
      return new Response(Buffer.from(delivery.payload), {
        headers: { 'Content-Type': BYTES, 'Content-Disposition': 'attachment' },
      });
    }
    if (delivery !== undefined)
      return respond('Message', { delivered: true, message: deliveryView(delivery) });
    const trace = node.inspect(ref);
    if (trace === undefined) throw unknownMessage(node.status(), sender, path.seq);
    return respond('Message', { delivered: false, trace });
  },
});
