import { count, formatBytes, type Terminal, table } from '../terminal.ts';
import type { MemberHandle, Seen } from './members.ts';
import type { MemberReport } from './protocol.ts';
import { type MemberLog, sequenceDigest, type Verdict } from './verdict.ts';

/** One row of the closing table. */
export interface MemberRow {
  readonly name: string;
  readonly role: string;
  readonly log: MemberLog | undefined;
  /** Undefined: it was gone before the end. */
  readonly report: MemberReport | undefined;
}

/** Kinds of lies shown one by one; the rest is counted. */
const LIES_SHOWN = 8;

/** The table per member. */
export function showMembers(
  terminal: Terminal,
  rows: readonly MemberRow[],
  senders: readonly string[],
): void {
  for (const row of rows)
    if (terminal.json) terminal.emit({ event: 'member', ...memberJson(row, senders) }, '');
  if (terminal.json) return;
  const head = [
    'member',
    'is',
    'delivered',
    ...senders.map((name) => `from ${name}`),
    'p50',
    'p99',
    'messages',
    'sent',
  ];
  const body = rows.map(({ name, role, log, report }) => [
    name,
    role,
    log === undefined ? '-' : String(log.delivered.length),
    ...senders.map((_, sender) => (log === undefined ? '-' : sequenceDigest(log, sender))),
    formatMs(percentile(report?.latenciesMs, 50)),
    formatMs(percentile(report?.latenciesMs, 99)),
    report === undefined ? '-' : String(report.messagesSent),
    report === undefined ? '-' : formatBytes(report.bytesSent),
  ]);
  const numeric = [2, ...[0, 1, 2, 3].map((column) => 3 + senders.length + column)];
  terminal.raw(`\n${table([head, ...body], numeric)}\n`);
}

/** What the liars tried, and what became of it. */
export function showLies(
  terminal: Terminal,
  seen: readonly Seen[],
  logs: readonly MemberLog[],
  liars: readonly MemberHandle[],
): void {
  const lies = seen.filter((one) => one.kind === 'lie');
  const evidence = seen.filter((one) => one.kind === 'evidence');
  for (const lie of lies) terminal.json && terminal.emit({ event: 'lie', ...lie, kind: undefined }, '');
  for (const one of evidence)
    terminal.json && terminal.emit({ event: 'evidence', ...one, kind: undefined }, '');
  if (terminal.json || liars.length === 0) return;
  for (const liar of liars) {
    const own = lies.filter(({ member }) => member === liar.name);
    terminal.raw(`\nwhat ${liar.name} (${liar.adversary}) tried: ${count(own.length, 'lie')}\n`);
    for (const lie of own.slice(0, LIES_SHOWN)) terminal.raw(`  ${lie.text}\n`);
    if (own.length > LIES_SHOWN)
      terminal.raw(`  ... and ${own.length - LIES_SHOWN} more of the same kinds\n`);
    terminal.raw(`what became of it:\n`);
    for (const line of outcome(liar, logs, evidence)) terminal.raw(`  ${line}\n`);
  }
}

/** The last line: what holds. `gone`: who ended before, and how. */
export function showVerdict(
  terminal: Terminal,
  verdict: Verdict,
  gone: readonly string[],
  facts: object,
): void {
  const { agreement, totality, validity, integrity, notes } = verdict;
  if (terminal.json) {
    terminal.emit({ event: 'verdict', agreement, totality, validity, integrity, notes, gone, ...facts }, '');
    return;
  }
  for (const note of notes.slice(0, 20)) terminal.raw(`  ${note}\n`);
  const style = (finding: string): string =>
    terminal.style(finding === 'holds' ? 'green' : finding === 'violated' ? 'red' : 'yellow', finding);
  terminal.raw(
    `\nverdict, from the correct members' own logs: agreement ${style(agreement)}, totality ${style(totality)}, ` +
      `validity ${style(validity)}, integrity ${style(integrity)}${gone.map((one) => `; ${one}`).join('')}\n`,
  );
}

function outcome(liar: MemberHandle, logs: readonly MemberLog[], evidence: readonly Seen[]): string[] {
  const own = logs.map((log) => log.delivered.filter(({ sender }) => sender === liar.id).length);
  const digests = new Set(logs.map((log) => sequenceDigest(log, liar.id)));
  const lines = [
    Math.max(...own, 0) === 0
      ? `nothing of ${liar.name} was delivered by any correct member`
      : digests.size === 1
        ? `all ${logs.length} correct members delivered the same ${count(own[0] ?? 0, 'message')} of ${liar.name}`
        : `correct members delivered different things of ${liar.name}`,
  ];
  for (const one of evidence) {
    if (one.kind !== 'evidence' || one.peer !== liar.name) continue;
    lines.push(
      `${one.member} caught it: ${one.code}${one.about === undefined ? '' : ` in instance ${one.about}`}${one.proven ? ', and can prove it to anybody' : ''}`,
    );
  }
  return lines;
}

function memberJson({ name, role, log, report }: MemberRow, senders: readonly string[]): object {
  return {
    member: name,
    role,
    delivered: log?.delivered.length ?? null,
    sequences: log && Object.fromEntries(senders.map((sender, id) => [sender, sequenceDigest(log, id)])),
    p50Ms: rounded(percentile(report?.latenciesMs, 50)),
    p99Ms: rounded(percentile(report?.latenciesMs, 99)),
    messagesSent: report?.messagesSent ?? null,
    bytesSent: report?.bytesSent ?? null,
    syncs: report?.syncs ?? null,
  };
}

function percentile(sorted: readonly number[] | undefined, percent: number): number | undefined {
  return sorted?.[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

function formatMs(ms: number | undefined): string {
  return ms === undefined ? '-' : `${ms.toFixed(1)} ms`;
}

/** To a microsecond. */
function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Number(ms.toFixed(3));
}
