import { Deadline } from './deadline.ts';
import { HttpProblem, problemOf } from './problem.ts';
import type { Connection } from './route.ts';

/** An answer that is made piece by piece while it is read. */
export interface Stream {
  readonly contentType: string;
  /** What is sent at once. */
  readonly opening?: string;
  /** Sent whenever nothing else was for a heartbeat. */
  readonly heartbeat?: string;
  /** The pieces; the signal ends them. May throw: then there is no stream but a problem. */
  readonly open: (signal: AbortSignal) => AsyncIterator<string>;
  /** What tells the reader that the pieces broke off; without it the connection is cut. */
  readonly broken?: (problem: HttpProblem) => string;
}

/**
 * Sends a stream no faster than it is read: the next piece is asked for when the socket has taken the last one, so
 * a slow reader costs one piece of memory. It takes a place among the streams until the connection is closed.
 * @throws HttpProblem 503 if all places are taken
 */
export function streamed(call: Connection, stream: Stream): Response {
  const headers = { 'Content-Type': stream.contentType };
  // Hono answers HEAD by its GET route: nothing would ever read the stream or end it.
  if (call.incoming.method === 'HEAD') return new Response(null, { headers });
  const { api } = call;
  const giveBack = api.streams.take();
  if (giveBack === undefined) throw tooManyStreams();
  const deadline = new Deadline([call.gone, api.closing]);
  try {
    const pieces = stream.open(deadline.signal);
    const body = new ReadableStream<Uint8Array>(sourceOf(call, stream, pieces, deadline, giveBack), {
      highWaterMark: 0,
    });
    return new Response(body, { headers });
  } catch (error) {
    deadline.release();
    giveBack();
    throw error;
  }
}

/** What `ReadableStream` takes, as far as it is used here. */
interface ByteSource {
  start(controller: ReadableStreamDefaultController<Uint8Array>): void;
  pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void>;
  cancel(): void;
}

function sourceOf(
  call: Connection,
  stream: Stream,
  pieces: AsyncIterator<string>,
  deadline: Deadline,
  giveBack: () => void,
): ByteSource {
  const encoder = new TextEncoder();
  const { api, outgoing } = call;
  let beat: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearInterval(beat);
    deadline.end();
    giveBack();
    pieces.return?.().catch((error: unknown) => api.logger.debug('http.stream-end', { cause: error }));
  };
  outgoing.once('close', end);
  return {
    start(controller) {
      if (stream.opening !== undefined) controller.enqueue(encoder.encode(stream.opening));
      if (stream.heartbeat === undefined) return;
      const comment = encoder.encode(stream.heartbeat);
      // Below 0 the last piece is not taken yet: a comment on top would only pile up.
      beat = setInterval(() => {
        if ((controller.desiredSize ?? -1) >= 0) controller.enqueue(comment);
      }, api.limits.heartbeatMs);
    },
    async pull(controller) {
      try {
        const piece = await pieces.next();
        if (piece.done !== true) return controller.enqueue(encoder.encode(piece.value));
      } catch (error) {
        if (!deadline.signal.aborted) tellBroken(call, stream, controller, error);
      }
      end();
      closeQuietly(controller);
    },
    cancel: end,
  };
}

function tellBroken(
  { api, outgoing }: Connection,
  stream: Stream,
  controller: ReadableStreamDefaultController<Uint8Array>,
  error: unknown,
): void {
  const problem = problemOf(error);
  api.logger.warn('http.stream-broken', { code: problem.code, cause: error });
  if (stream.broken === undefined) outgoing.destroy();
  else controller.enqueue(new TextEncoder().encode(stream.broken(problem)));
}

/** A stream that its reader cancelled cannot be closed, nor need it be. */
function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  if (controller.desiredSize !== null) controller.close();
}

function tooManyStreams(): HttpProblem {
  return new HttpProblem(503, 'too many streams are open', {
    code: 'ERR_BACKLOG_FULL',
    hint: 'close one, or try again later',
    retryable: true,
    headers: { 'Retry-After': '5' },
  });
}

/** One server-sent event. `data` becomes one line of JSON. */
export function serverSentEvent(event: string, data: unknown, id?: string): string {
  const identified = id === undefined ? '' : `id: ${id}\n`;
  return `event: ${event}\n${identified}data: ${JSON.stringify(data)}\n\n`;
}

/** What all streams of server-sent events share. */
export const EVENT_STREAM = {
  contentType: 'text/event-stream',
  heartbeat: ':\n\n',
  broken: (problem: HttpProblem): string => serverSentEvent('problem', problem),
} as const;
