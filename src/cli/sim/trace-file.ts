import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { reasonOf } from '../../base/index.ts';
import {
  parseTrace,
  parseTraceEvent,
  parseTraceHeader,
  type Trace,
  type TraceEvent,
} from '../../simulator/index.ts';
import type { Cli } from '../cli.ts';
import { CommandError } from '../command-error.ts';

/** A trace as its file holds it: one JSON object a line. */
export function traceText({ header, events }: Trace): string {
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** What two runs are compared by: SHA-256 of all lines, hexadecimal. */
export function traceHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A whole trace, to be run again. @throws CommandError ERR_CONFIG with the line that is wrong */
export function readTrace(cli: Cli, path: string): Trace & { readonly text: string } {
  const text = readText(cli, path);
  const parsed = parseTrace(text);
  if (parsed.ok) return { ...parsed, text };
  throw wrongLine(path, parsed.line, parsed.error);
}

/** A trace of any length, whose events are read as they are asked for. @throws as `readTrace`, then and now */
export function openTrace(cli: Cli, path: string): Trace {
  const file = resolve(cli.cwd, path);
  for (const line of linesOf(file, path)) {
    const header = parseTraceHeader(line);
    if (typeof header === 'string') throw wrongLine(path, 1, header);
    const unfinished = header.source === 'node';
    return { header, events: { [Symbol.iterator]: () => eventsOf(file, path, unfinished) } };
  }
  throw wrongLine(path, 1, 'it is empty');
}

/** `unfinished`: a last line without an end is what a node that was killed left, and passed over. */
function* eventsOf(file: string, path: string, unfinished: boolean): Generator<TraceEvent> {
  let number = 0;
  for (const line of linesOf(file, path, unfinished)) {
    number += 1;
    if (number === 1) continue;
    const event = parseTraceEvent(line);
    if (typeof event === 'string') throw wrongLine(path, number, event);
    yield event;
  }
}

const CHUNK_BYTES = 1_048_576;
/** Longest line, bytes: decisions stand in the first one. */
const LINE_BYTES_MAX = 256 * CHUNK_BYTES;
const NEWLINE = 0x0a;

function* linesOf(file: string, path: string, dropUnfinished = false): Generator<string> {
  const open = opened(file, path);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest: Buffer[] = [];
    let restBytes = 0;
    for (let length = readSync(open, chunk); length > 0; length = readSync(open, chunk)) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < length; at = chunk.indexOf(NEWLINE, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, at)]).toString();
        [rest, restBytes, from] = [[], 0, at + 1];
      }
      rest.push(Buffer.from(chunk.subarray(from, length)));
      restBytes += length - from;
      if (restBytes > LINE_BYTES_MAX) throw wrongLine(path, 1, 'it has a line of more than 256 MiB');
    }
    if (restBytes > 0 && !dropUnfinished) yield Buffer.concat(rest).toString();
  } finally {
    closeSync(open);
  }
}

function opened(file: string, path: string): number {
  try {
    const open = openSync(file, 'r');
    // A folder can be opened, and not read.
    readSync(open, Buffer.alloc(1), 0, 1, 0);
    return open;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function wrongLine(path: string, line: number, error: string): CommandError {
  return new CommandError('ERR_CONFIG', `${path}:${line}: ${error}`, {
    hint: 'docs/trace-format.md describes what a trace looks like',
  });
}

function unreadable(path: string, cause: unknown): CommandError {
  return new CommandError('ERR_CONFIG', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
}

function readText(cli: Cli, path: string): string {
  try {
    return readFileSync(resolve(cli.cwd, path), 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
