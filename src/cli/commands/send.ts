import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf } from '../../base/index.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import { pause } from '../pause.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatBytes, formatDuration } from '../terminal.ts';

/** Options of `send`. */
export interface SendOptions extends ReachOptions {
  readonly file?: string;
  readonly key?: string;
  readonly wait: 'accepted' | 'delivered';
  readonly timeout?: number;
}

/** Longest wait that one request may ask for. */
const REQUEST_WAIT_MS = 60_000;
/** After this long without delivery, what is known is told and the rest is asked for again and again. */
const FIRST_WAIT_MS = 1_000;
const POLL_MIN_MS = 20;
const POLL_MAX_MS = 500;

interface Accepted {
  readonly sender: number;
  readonly senderName: string;
  readonly seq: number;
  readonly digest: string;
  readonly duplicate: boolean;
  readonly delivered: boolean;
  readonly cursor?: string;
}

/** Broadcasts one message. */
export async function run(cli: Cli, args: readonly string[], options: SendOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const payload = await payloadOf(cli, args[0], options.file);
  const client = await NodeClient.of(cli, options);
  const signal = interruptSignal();
  const timeoutMs = options.timeout ?? 30_000;
  const began = performance.now();
  const elapsedMs = (): number => performance.now() - began;

  const firstWaitMs = Math.ceil(
    options.wait === 'delivered' ? Math.min(timeoutMs, FIRST_WAIT_MS) : timeoutMs,
  );
  const wait = `wait=${options.wait}&timeout=${Math.max(1, Math.min(firstWaitMs, REQUEST_WAIT_MS))}ms`;
  const accepted = await client.json<Accepted>(`/v1/broadcasts?${wait}`, {
    method: 'POST',
    body: payload,
    headers: {
      'content-type': 'application/octet-stream',
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
    },
    signal,
    timeoutMs: firstWaitMs + 10_000,
  });
  const { sender, senderName, seq, digest, duplicate } = accepted;
  const name = `${senderName}#${seq}`;
  const duplicateNote = duplicate ? '  this key was used before, with the same bytes' : '';
  terminal.emit(
    { event: 'accepted', sender, senderName, seq, digest, bytes: payload.length, duplicate },
    `${name} accepted   digest ${digest.slice(0, 8)}  ${formatBytes(payload.length)}${duplicateNote}`,
  );
  if (options.wait === 'accepted') return EXIT.ok;

  const cursor = accepted.delivered
    ? accepted.cursor
    : await cursorOf(client, accepted, timeoutMs - elapsedMs(), signal);
  if (cursor !== undefined) {
    terminal.emit(
      { event: 'delivered', sender, senderName, seq, digest, cursor, ms: Math.round(elapsedMs()) },
      `${name} delivered  ${formatDuration(elapsedMs())}`,
    );
    return EXIT.ok;
  }
  const why = signal.aborted ? 'interrupted' : `not delivered within ${formatDuration(timeoutMs)}`;
  terminal.talk(`${name} ${why}: it stays accepted and is delivered once enough members are up`);
  terminal.talk(
    `  -> ask where it is with \`quorumcast trace ${name}\`; do not send it again without its --key`,
  );
  return signal.aborted ? EXIT.interrupted : EXIT.unknown;
}

/** Where a message stands once it is delivered; undefined if the time is over or Ctrl-C came. */
async function cursorOf(
  client: NodeClient,
  { senderName, seq }: Accepted,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = performance.now() + timeoutMs;
  let pauseMs = POLL_MIN_MS;
  while (!signal.aborted) {
    const answer = await client.json<{ delivered: boolean; message?: { cursor: string } }>(
      `/v1/broadcasts/${senderName}/${seq}`,
    );
    if (answer.delivered) return answer.message?.cursor;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return undefined;
    await pause(Math.min(pauseMs, leftMs), signal);
    pauseMs = Math.min(2 * pauseMs, POLL_MAX_MS);
  }
  return undefined;
}

async function payloadOf(cli: Cli, text: string | undefined, file: string | undefined): Promise<Uint8Array> {
  if (text !== undefined && file !== undefined) throw usage('give either TEXT or --file, not both');
  if (file !== undefined) {
    const path = resolve(cli.cwd, file);
    return readFile(path).catch((cause: unknown) => {
      throw usage(`${path} cannot be read: ${reasonOf(cause)}`, 'check the path after --file');
    });
  }
  if (text !== undefined && text !== '-') return Buffer.from(text, 'utf8');
  if (text === undefined && process.stdin.isTTY) {
    throw usage(
      'nothing to send',
      'write `quorumcast send TEXT`, `send --file FILE`, or `send -` for standard input',
    );
  }
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}
