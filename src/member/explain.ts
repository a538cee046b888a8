import { toHex } from '../base/index.ts';
import type { ValueView } from '../broadcast/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { OpenInstance } from '../stream/index.ts';

/** What an explanation needs beside the instance. */
export interface ExplainContext {
  readonly self: NodeId;
  readonly sender: NodeId;
  /** `sender#seq`, as people call the message. */
  readonly label: string;
  /** How long the instance has been open. */
  readonly sinceMs: number;
  readonly name: (id: NodeId) => string;
  /** Since when and why a peer is not connected, in words; undefined while its link is up. */
  readonly away: (peer: NodeId) => string | undefined;
}

/** Why an instance is not delivered here: which quorum is missing, from whom, since when. In sentences. */
export function explainOpen(open: OpenInstance, context: ExplainContext): string {
  const { view } = open;
  const { label, sender, name } = context;
  if (view.phase === 'delivered') {
    return `${label} is decided here and waits for an earlier message of ${name(sender)}.`;
  }
  const lines = [`${label} is not delivered here after ${duration(context.sinceMs)}.`];
  if (view.refused) {
    lines.push('This member does not vouch for it: its own check refused what the sender sent.');
  }
  if (view.values.length === 0) {
    if (!view.refused) lines.push(`Nothing of it has arrived from ${person(sender, context)}.`);
    return lines.join(' ');
  }
  if (view.values.length > 1) {
    lines.push(`Members speak of ${view.values.length} different contents, so at least one of them lies.`);
  }
  for (const value of view.values) lines.push(tally(value, context));
  lines.push(...missing(open, context));
  return lines.join(' ');
}

/** What one content has gathered. */
function tally({ digest, held, echo, ready }: ValueView, { name }: ExplainContext): string {
  const count = (what: string, have: readonly NodeId[], need: number): string =>
    `${have.length} of ${need} ${what}${have.length === 0 ? '' : ` (${have.map(name).join(', ')})`}`;
  return (
    `${shortHex(digest)} has ${count('ECHO', echo.have, echo.need)} and ` +
    `${count('READY', ready.have, ready.need)}${held ? '' : '; its payload is not here'}.`
  );
}

/** The quorum that is short, and who could fill it. */
function missing({ view }: OpenInstance, context: ExplainContext): string[] {
  if (view.pulling && view.decided !== undefined) {
    return ['It is decided; the payload is being asked for from those who vouched for it.'];
  }
  const readied = view.phase === 'readied';
  const lacks = view.values.map(({ echo, ready }) =>
    readied ? ready.need - ready.have.length : echo.need - echo.have.length,
  );
  const lack = Math.min(...lacks);
  const waiting = view.waitingFor.filter((id) => id !== context.self);
  if (lack <= 0 || waiting.length === 0) return [];
  const what = readied ? 'READY' : 'ECHO';
  const whom = list(waiting.map((id) => person(id, context)));
  return [`It lacks ${lack} more ${what}; none came from ${whom}.`];
}

function person(id: NodeId, { name, away }: ExplainContext): string {
  return `${name(id)} (${away(id) ?? 'connected'})`;
}

function list(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} or ${last}`;
}

/** `340 ms`, `1.2 s`, `12 min`, `3 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** The first eight hexadecimal digits. */
export function shortHex(bytes: Uint8Array): string {
  return toHex(bytes.subarray(0, 4));
}

/**
 * The open instance that holds message `seq` of a sender: exact where payloads are here, else the first one not
 * known. `open`: its open instances, in order; `nextSeq`: its first message not delivered.
 */
export function openInstanceOf(
  open: readonly OpenInstance[],
  seq: number,
  nextSeq: number,
): OpenInstance | undefined {
  let next = nextSeq;
  for (const instance of open) {
    if (instance.messages === undefined || seq < next + instance.messages) return instance;
    next += instance.messages;
  }
  return undefined;
}
