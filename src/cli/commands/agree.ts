import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf } from '../../base/index.ts';
import { VALUE_BYTES_MAX } from '../../codec/index.ts';
import type { AgreementJson, AgreementViewJson } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatBytes, formatDuration } from '../terminal.ts';

/** Options of `agree`. */
export interface AgreeOptions extends ReachOptions {
  readonly timeout?: number;
  /** VALUE is text, whatever it reads like. */
  readonly text?: boolean;
  /** The file that holds the value. */
  readonly file?: string;
}

/** After this long without a decision, what is known is told and the rest is asked for again and again. */
const FIRST_WAIT_MS = 1_000;
/** Longest wait that one request may ask for. */
const REQUEST_WAIT_MS = 20_000;

const BITS = new Map<string, 0 | 1>([
  ['0', 0],
  ['no', 0],
  ['false', 0],
  ['1', 1],
  ['yes', 1],
  ['true', 1],
]);

/** What is proposed, as the body of a request has it: a bit, text, or bytes in base64. */
type Proposed = { readonly value: 0 | 1 } | { readonly text: string } | { readonly base64: string };

/** Proposes in a topic and prints what the members decide. */
export async function run(cli: Cli, args: readonly string[], options: AgreeOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const [topic = '', word] = args;
  const proposed = await proposedIn(cli, word, options);
  const client = await NodeClient.of(cli, options);
  const signal = interruptSignal();
  const timeoutMs = options.timeout ?? 30_000;
  const began = performance.now();
  let waitMs = Math.min(FIRST_WAIT_MS, timeoutMs);
  let told = false;
  for (;;) {
    const view = await client.json<AgreementViewJson>(
      `/v1/agreements?timeout=${Math.max(1, Math.ceil(waitMs))}ms`,
      {
        method: 'POST',
        body: Buffer.from(JSON.stringify({ topic, ...proposed })),
        headers: { 'content-type': 'application/json' },
        signal,
        timeoutMs: waitMs + 10_000,
      },
    );
    const elapsedMs = performance.now() - began;
    if (view.decision !== undefined) {
      const { phase } = view.decision;
      const when = phase > 0 ? `in phase ${phase}` : 'told by others';
      terminal.emit(
        {
          event: 'decided',
          proposed: plain(proposed),
          ...view.decision,
          ms: Math.round(elapsedMs),
        },
        `${decidedText(view.decision)}  ${topic}  (${when}, ${formatDuration(elapsedMs)})`,
      );
      return EXIT.ok;
    }
    if (!told) terminal.talk(view.explain);
    told = true;
    if (elapsedMs >= timeoutMs) {
      terminal.emit(
        { ...view, event: 'undecided', proposed: plain(proposed), ms: Math.round(elapsedMs) },
        view.explain,
      );
      terminal.talk(
        `not decided within ${formatDuration(timeoutMs)}: the proposal stands, and can be decided any time`,
      );
      terminal.talk('  -> ask again with the same command; `quorumcast agreements` says what is waited for');
      return EXIT.unknown;
    }
    waitMs = Math.min(REQUEST_WAIT_MS, timeoutMs - elapsedMs);
  }
}

/** What was decided in one line: a bit, the text, or base64 where it is no text. */
export function decidedText(decision: AgreementJson): string {
  if ('value' in decision) return String(decision.value);
  const { text, base64 } = decision;
  return text === undefined || /\p{Cc}/u.test(text) ? `base64:${base64}` : text;
}

function plain(proposed: Proposed): unknown {
  return 'value' in proposed ? proposed.value : proposed;
}

async function proposedIn(
  cli: Cli,
  word: string | undefined,
  { text, file }: AgreeOptions,
): Promise<Proposed> {
  if (file !== undefined) {
    if (word !== undefined || text === true) throw usage('give either VALUE or --file, not both');
    const path = resolve(cli.cwd, file);
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw usage(`${path} cannot be read: ${reasonOf(cause)}`, 'check the path after --file');
    });
    if (bytes.length > VALUE_BYTES_MAX)
      throw usage(
        `${path} has ${formatBytes(bytes.length)}, and members agree on at most ${VALUE_BYTES_MAX} bytes`,
        'broadcast what is longer, and agree on its digest or on whether to do it',
      );
    return { base64: bytes.toString('base64') };
  }
  if (word === undefined || word === '')
    throw usage('nothing to propose', 'propose 0 or 1 (no or yes), a text, or the bytes of a --file');
  const bit = text === true ? undefined : BITS.get(word.toLowerCase());
  return bit === undefined ? { text: word } : { value: bit };
}
