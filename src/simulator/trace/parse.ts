import { TRACE_VERSION, type TraceEvent } from '../event.ts';
import type { TraceHeader } from './header.ts';
import { decisionsComplaint, isObject, scenarioComplaint } from './parse-scenario.ts';

/** A trace as read. `line`: where it is wrong, from 1. */
export type ParsedTrace =
  | { readonly ok: true; readonly header: TraceHeader; readonly events: readonly TraceEvent[] }
  | { readonly ok: false; readonly line: number; readonly error: string };

type Fields = Readonly<Record<string, unknown>>;

const isNumber = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isText = (value: unknown): boolean => typeof value === 'string';

/** By kind of event, its fields beside `e` and `t`. */
const FIELDS: Readonly<Record<TraceEvent['e'], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  submit: { node: isNumber, seq: isNumber, text: isText },
  say: { node: isNumber, statement: isText, sender: isNumber, instance: isNumber, digest: isText },
  send: { node: isNumber, peer: isNumber, id: isText, kind: isText },
  recv: { node: isNumber, peer: isNumber, id: isText, kind: isText },
  deliver: {
    node: isNumber,
    sender: isNumber,
    instance: isNumber,
    digest: isText,
    firstSeq: isNumber,
    count: isNumber,
  },
  skip: { node: isNumber, sender: isNumber, instance: isNumber, nextSeq: isNumber },
  fault: { node: isNumber, accused: isNumber, code: isText },
  hold: { node: isNumber, sender: isNumber, bytes: isNumber, open: isNumber },
  up: { node: isNumber, peer: isNumber },
  down: { node: isNumber, peer: isNumber },
  tick: { node: isNumber },
  restart: { node: isNumber },
  room: { node: isNumber },
  crash: { node: isNumber, point: isText },
  broken: { node: isNumber, note: isText },
  heal: {},
  end: { quiescent: (value) => typeof value === 'boolean' },
};

/**
 * The lines of a trace: a header, then events. Checks the shape of each, and nothing that it says. What a node that was
 * killed left of a last line is passed over.
 */
export function parseTrace(text: string): ParsedTrace {
  const lines = text.split('\n');
  const unfinished = lines.pop() ?? '';
  if (lines.length === 0) lines.push(unfinished);
  const header = parseTraceHeader(lines[0] ?? '');
  if (typeof header === 'string') return { ok: false, line: 1, error: header };
  const events: TraceEvent[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    const event = parseTraceEvent(lines[index] ?? '');
    if (typeof event === 'string') return { ok: false, line: index + 1, error: event };
    events.push(event);
  }
  if (lines.length > 1 && unfinished !== '' && header.source === 'simulator')
    return { ok: false, line: lines.length + 1, error: 'the file ends in the middle of a line' };
  return { ok: true, header, events };
}

/** The first line of a trace; what is wrong with it, if it is none. */
export function parseTraceHeader(line: string): TraceHeader | string {
  const fields = parseObject(line);
  if (fields === undefined) return 'the first line is no JSON object';
  if (fields['v'] !== TRACE_VERSION)
    return `version ${TRACE_VERSION} is expected, not ${String(fields['v'])}`;
  const complaint = fields['source'] === 'simulator' ? complaintOfRun(fields) : complaintOfNode(fields);
  if (complaint !== undefined) return complaint;
  return fields as unknown as TraceHeader;
}

function complaintOfRun({ scenario, decisions, mutant }: Fields): string | undefined {
  if (mutant !== undefined && typeof mutant !== 'string') return '"mutant" is no name';
  const n = isObject(scenario) ? Number(scenario['n']) : 0;
  return scenarioComplaint(scenario) ?? decisionsComplaint(decisions, n);
}

function complaintOfNode(fields: Fields): string | undefined {
  if (fields['source'] !== 'node') return 'the first line is no header of a trace';
  if (!isText(fields['cluster'])) return '"cluster" of the header is missing';
  const missing = ['node', 'n', 'f', 'window', 'bytesMax'].find((name) => !isNumber(fields[name]));
  return missing === undefined ? undefined : `"${missing}" of the header is missing or no number`;
}

/** One further line; what is wrong with it, if it is no event. */
export function parseTraceEvent(line: string): TraceEvent | string {
  const fields = parseObject(line);
  if (fields === undefined) return 'not a JSON object';
  const kind = fields['e'];
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind)) return `there is no event "${String(kind)}"`;
  if (!isNumber(fields['t'])) return '"t" is missing';
  for (const [name, fits] of Object.entries(FIELDS[kind as TraceEvent['e']])) {
    if (!fits(fields[name])) return `"${name}" of ${kind} is missing or of the wrong type`;
  }
  return fields as unknown as TraceEvent;
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
