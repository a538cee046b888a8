import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseTrace, type Trace } from '../../simulator/index.ts';
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

/** Reads a trace. @throws CommandError ERR_CONFIG with the line that is wrong */
export function readTrace(cli: Cli, path: string): Trace & { readonly text: string } {
  const text = readText(cli, path);
  const parsed = parseTrace(text);
  if (parsed.ok) return { ...parsed, text };
  throw new CommandError('ERR_CONFIG', `${path}:${parsed.line}: ${parsed.error}`, {
    hint: 'docs/trace-format.md describes what a trace looks like',
  });
}

function readText(cli: Cli, path: string): string {
  try {
    return readFileSync(resolve(cli.cwd, path), 'utf8');
  } catch (cause) {
    throw new CommandError('ERR_CONFIG', `${path} cannot be read`, { hint: String(cause), cause });
  }
}
