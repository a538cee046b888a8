import { toHex } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { OpenInstance } from '../stream/index.ts';
import type { ClusterDefinition } from './cluster/index.ts';

/** What an explanation needs beside the instance. */
export interface ExplainContext {
  readonly cluster: ClusterDefinition;
  readonly self: NodeId;
  readonly sender: NodeId;
  /** `sender#seq`, as people call it. */
  readonly label: string;
  readonly sinceMs: number;
  /** Why a peer is away, in words; undefined while its link is up. */
  readonly away: (peer: NodeId) => string | undefined;
}

/** Why an instance is not delivered here: which quorum is missing, from whom, since when. In sentences. */
export function explainOpen(open: OpenInstance, context: ExplainContext): string {
  const { view } = open;
  const { cluster, sender, label } = context;
  const name = (id: NodeId): string => cluster.member(id).name;
  const lines = [`${label} undelivered for ${duration(context.sinceMs)}:`];
  if (view.values.length === 0)
    lines.push(`nothing is known of it yet; waiting for ${name(sender)}'s INITIAL.`);
  for (const value of view.values) {
    lines.push(
      `${shortHex(value.digest)} has ECHO ${value.echo.have.length}/${value.echo.need} (${names(value.echo.have, name)}), ` +
        `READY ${value.ready.have.length}/${value.ready.need} (${names(value.ready.have, name)})` +
        `${value.held ? '' : ', its payload is not here'}.`,
    );
  }
  if (view.pulling) lines.push('The digest is decided; its payload is being asked for.');
  if (view.phase === 'delivered')
    lines.push('It is decided here and waits for a lower instance of its sender.');
  const waiting = view.waitingFor.filter((id) => id !== context.self);
  if (waiting.length > 0)
    lines.push(`Waiting for ${waiting.map((id) => awaited(id, name, context)).join(', ')}.`);
  return lines.join(' ');
}

/** `1.2 s`, `340 ms`, `12 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** The first eight hexadecimal digits. */
export function shortHex(bytes: Uint8Array): string {
  return toHex(bytes.subarray(0, 4));
}

function names(ids: readonly NodeId[], name: (id: NodeId) => string): string {
  return ids.length === 0 ? 'none' : ids.map(name).join(', ');
}

function awaited(id: NodeId, name: (id: NodeId) => string, context: ExplainContext): string {
  const away = context.away(id);
  return away === undefined ? `${name(id)} (connected)` : `${name(id)} (${away})`;
}
