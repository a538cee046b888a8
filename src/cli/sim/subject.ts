import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrialSubject } from '../../simulator/index.ts';
import { usage } from '../command-error.ts';

/** A subject of which only its author knows more. */
export type AnySubject = TrialSubject<unknown, unknown, unknown>;

const FUNCTIONS = ['create', 'inputOf', 'encode', 'decode', 'arbitrary'] as const;

/** The subject that a file exports as `default` or `subject`. @throws CommandError ERR_USAGE that says what is missing */
export async function loadSubject(file: string, cwd: string): Promise<AnySubject> {
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw usage(`--protocol ${file}: there is no such file`);
  let exported: unknown;
  try {
    const loaded: Record<string, unknown> = await import(pathToFileURL(path).href);
    exported = loaded['default'] ?? loaded['subject'];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = /\.[cm]?ts$/.test(path)
      ? 'it is loaded as it stands: build it to JavaScript first'
      : 'it must be an ES module';
    throw usage(`--protocol ${file} cannot be loaded: ${why}`, hint);
  }
  const wrong = complaint(exported);
  if (wrong !== undefined)
    throw usage(`--protocol ${file}: ${wrong}`, 'docs/own-protocols.md has a whole one');
  if (isSubject(exported)) return exported;
  throw usage(`--protocol ${file} is no subject`);
}

function isSubject(exported: unknown): exported is AnySubject {
  return complaint(exported) === undefined;
}

/** What is missing in a would-be subject. */
function complaint(exported: unknown): string | undefined {
  if (typeof exported !== 'object' || exported === null)
    return 'it exports no subject, neither as default nor as "subject"';
  const fields = new Map<string, unknown>(Object.entries(exported));
  if (typeof fields.get('name') !== 'string') return 'its subject has no name';
  for (const name of FUNCTIONS) {
    if (typeof fields.get(name) !== 'function') return `its subject has no function ${name}`;
  }
  const properties = fields.get('properties');
  if (typeof properties !== 'object' || properties === null || Object.keys(properties).length === 0)
    return 'its subject has no properties: nothing would be judged';
  const bad = Object.entries(properties).find(([, property]) => typeof property !== 'function');
  return bad === undefined ? undefined : `its property ${bad[0]} is no function`;
}
