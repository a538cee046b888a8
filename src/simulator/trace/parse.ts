import { TRACE_VERSION, type TraceEvent } from '../event.ts';
import type { TraceHeader } from './header.ts';

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
  fault: { node: isNumber, accused: isNumber, code: isText },
  hold: { node: isNumber, sender: isNumber, bytes: isNumber, open: isNumber },
  up: { node: isNumber, peer: isNumber },
  down: { node: isNumber, peer: isNumber },
  tick: { node: isNumber },
  restart: { node: isNumber },
  crash: { node: isNumber, point: isText },
  broken: { node: isNumber, note: isText },
  heal: {},
  end: { quiescent: (value) => typeof value === 'boolean' },
};

/** The lines of a trace: a header, then events. Checks the shape of each, and nothing that it says. */
export function parseTrace(text: string): ParsedTrace {
  const lines = text.split('\n').filter((line) => line !== '');
  const header = parseHeader(lines[0] ?? '');
  if (typeof header === 'string') return { ok: false, line: 1, error: header };
  const events: TraceEvent[] = [];
  for (const [index, line] of lines.slice(1).entries()) {
    const event = parseEvent(line);
    if (typeof event === 'string') return { ok: false, line: index + 2, error: event };
    events.push(event);
  }
  return { ok: true, header, events };
}

function parseHeader(line: string): TraceHeader | string {
  const fields = parseObject(line);
  if (fields === undefined) return 'the first line is no JSON object';
  if (fields['v'] !== TRACE_VERSION)
    return `version ${TRACE_VERSION} is expected, not ${String(fields['v'])}`;
  const scenario = fields['scenario'];
  const simulated =
    fields['source'] === 'simulator' &&
    typeof scenario === 'object' &&
    scenario !== null &&
    'seed' in scenario;
  const recorded = fields['source'] === 'node' && isNumber(fields['node']) && isNumber(fields['n']);
  if (!simulated && !recorded) return 'the first line is no header of a trace';
  return fields as unknown as TraceHeader;
}

function parseEvent(line: string): TraceEvent | string {
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
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}
