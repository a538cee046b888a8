import type { AgreementView } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatDuration } from '../terminal.ts';

/** Options of `agree`. */
export interface AgreeOptions extends ReachOptions {
  readonly timeout?: number;
}

/** After this long without a decision, what is known is told and the rest is asked for again and again. */
const FIRST_WAIT_MS = 1_000;
/** Longest wait that one request may ask for. */
const REQUEST_WAIT_MS = 20_000;

const VALUES = new Map<string, 0 | 1>([
  ['0', 0],
  ['no', 0],
  ['false', 0],
  ['1', 1],
  ['yes', 1],
  ['true', 1],
]);

/** Proposes in a topic and prints what the members decide. */
export async function run(cli: Cli, args: readonly string[], options: AgreeOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const [topic = '', word = ''] = args;
  const value = VALUES.get(word.toLowerCase());
  if (value === undefined) throw usage(`"${word}" is nothing to propose`, 'propose 0 or 1 (no or yes)');
  const client = await NodeClient.of(cli, options);
  const signal = interruptSignal();
  const timeoutMs = options.timeout ?? 30_000;
  const began = performance.now();
  let waitMs = Math.min(FIRST_WAIT_MS, timeoutMs);
  let told = false;
  for (;;) {
    const view = await client.json<AgreementView>(
      `/v1/agreements?timeout=${Math.max(1, Math.ceil(waitMs))}ms`,
      {
        method: 'POST',
        body: Buffer.from(JSON.stringify({ topic, value })),
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
          topic,
          proposed: value,
          value: view.decision.value,
          phase,
          ms: Math.round(elapsedMs),
        },
        `${view.decision.value}  ${topic}  (${when}, ${formatDuration(elapsedMs)})`,
      );
      return EXIT.ok;
    }
    if (!told) terminal.talk(view.explain);
    told = true;
    if (elapsedMs >= timeoutMs) {
      terminal.emit(
        { ...view, event: 'undecided', proposed: value, ms: Math.round(elapsedMs) },
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
