import type { IncomingMessage } from 'node:http';
import { QuorumcastError } from '../errors.ts';
import { HttpProblem } from './problem.ts';
import type { Connection } from './route.ts';

/** Bytes of request bodies that may be held at once, so that many large ones cannot fill the heap. */
export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Room for one more request's body; give it back with `release`. */
  open(): BodyShare {
    let held = 0;
    return {
      take: (bytes) => {
        if (this.#bytes > held && this.#bytes + bytes > this.#bytesMax) return false;
        this.#bytes += bytes;
        held += bytes;
        return true;
      },
      release: () => {
        this.#bytes -= held;
        held = 0;
      },
    };
  }
}

/** What one request holds of a `BodyBudget`. */
export interface BodyShare {
  /** False if there is no room for so many more. Somebody who is alone always gets room. */
  take(bytes: number): boolean;
  release(): void;
}

/**
 * The body of a request, counted while it comes in.
 * @throws HttpProblem 413 beyond `bytesMax`, 429 when `share` has no room
 * @throws QuorumcastError ERR_ABORTED if the client went away
 */
export function readBody(incoming: IncomingMessage, bytesMax: number, share: BodyShare): Promise<Buffer> {
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > bytesMax) return Promise.reject(tooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (act: () => void): void => {
      incoming.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      act();
    };
    const fail = (error: Error): void => {
      settle(() => {
        // What still comes is thrown away by the server once the answer is out.
        incoming.pause();
        reject(error);
      });
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > bytesMax) fail(tooLarge(bytesMax));
      else if (!share.take(chunk.length)) fail(noRoom());
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, bytes)));
    const onGone = (): void => {
      settle(() =>
        reject(new QuorumcastError('ERR_ABORTED', 'the client went away before its request ended')),
      );
    };
    incoming.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

function tooLarge(bytesMax: number): HttpProblem {
  return new HttpProblem(413, `the body is longer than ${bytesMax} bytes`, {
    code: 'ERR_PAYLOAD_TOO_LARGE',
    hint: 'send less at once, or raise payloadBytes in the next cluster definition',
  });
}

function noRoom(): HttpProblem {
  return new HttpProblem(429, 'too many request bodies are being read', {
    code: 'ERR_BACKLOG_FULL',
    hint: 'wait and try again: the message had no effect',
    retryable: true,
    headers: { 'Retry-After': '1' },
  });
}

/** What `read` makes of a body that says it is JSON. The bytes count against what all bodies may take until then. */
export async function readJson<Value>(
  { api, incoming }: Connection,
  bytesMax: number,
  read: (bytes: Buffer) => Value,
): Promise<Value> {
  const type = (incoming.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HttpProblem(415, `a body of type "${(type ?? '').slice(0, 64)}" is not taken`, {
      hint: 'use application/json',
      headers: { Accept: 'application/json' },
    });
  }
  const share = api.bodies.open();
  try {
    return read(await readBody(incoming, bytesMax, share));
  } finally {
    share.release();
  }
}

const NESTING_MAX = 32;

/** A JSON text of modest depth as data. @throws HttpProblem 400 */
export function parseJson(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new HttpProblem(400, 'the body is not valid UTF-8');
  if (nesting(text) > NESTING_MAX) {
    throw new HttpProblem(400, `the JSON of the body is nested more than ${NESTING_MAX} deep`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpProblem(400, 'the body is not valid JSON', {
      hint: 'send {"text":"..."} or {"base64":"..."}',
      cause,
    });
  }
}

/** The text that these bytes are in UTF-8, a byte order mark kept; undefined if they are none. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** How deep brackets outside of strings are nested. Reads only as far as the limit is kept. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length && deepest <= NESTING_MAX; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (char === '}' || char === ']') depth -= 1;
  }
  return deepest;
}
