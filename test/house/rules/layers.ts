import { posix } from 'node:path';
import { type Finding, lineOf, type Source } from './source.ts';

/** Left to right: a folder may import from those further left, never from a neighbour in its own group. */
export const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['committee', 'crypto'],
  ['codec'],
  ['protocol'],
  ['broadcast', 'coin'],
  ['stream', 'agreement', 'bls'],
  ['subset'],
  ['member'],
  ['simulator', 'node'],
  ['testing'],
  ['cli'],
];

/** The folders that touch the world. All others are the core, which runs anywhere and is deterministic. */
const SHELL = new Set(['node', 'cli']);

/** The folders of the core that stand on a package: portable hashing, and a curve with pairings. */
const MAY_USE_PACKAGES = new Set(['crypto', 'bls']);

/** The entry points that may reach the shell. */
const SHELL_ENTRIES = new Set(['src/index.ts']);

/** Whether a path under `src/` belongs to the core. */
export function isCore(path: string): boolean {
  const [, folder] = path.split('/');
  return path.startsWith('src/') && !SHELL.has(folder ?? '') && !SHELL_ENTRIES.has(path);
}

/** The specifiers a file imports or re-exports from, static and dynamic, with their offsets. */
export function imports(source: Source): { specifier: string; offset: number }[] {
  const pattern = /\b(?:from|import)\s*\(?\s*(['"])(\s*)\1/g;
  return [...source.code.matchAll(pattern)].map((match) => {
    const end = match.index + match[0].length - 1;
    const offset = end - (match[2]?.length ?? 0);
    return { specifier: source.text.slice(offset, end), offset };
  });
}

/** Checks every import of a file under `src/` against the layers. */
export function layerFindings(source: Source): Finding[] {
  return imports(source).flatMap(({ specifier, offset }) => {
    const complaint = specifier.startsWith('.')
      ? relativeComplaint(source.path, specifier)
      : packageComplaint(source.path, specifier);
    return complaint === undefined ? [] : [`${source.path}:${lineOf(source.text, offset)}: ${complaint}`];
  });
}

function packageComplaint(path: string, specifier: string): string | undefined {
  if (!isCore(path)) return undefined;
  if (specifier.startsWith('node:')) return `the core does not import ${specifier}`;
  const folder = path.split('/')[1] ?? '';
  if (MAY_USE_PACKAGES.has(folder)) return undefined;
  return `in the core only ${[...MAY_USE_PACKAGES].join(', ')} may import a package: ${specifier}`;
}

function relativeComplaint(path: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  if (!target.startsWith('src/')) return `${specifier} leaves src/`;
  if (!target.endsWith('.ts')) return `${specifier} does not end in .ts`;
  const [, from = ''] = path.split('/');
  const [, to = '', ...rest] = target.split('/');
  const isEntry = path.split('/').length === 2;
  if (!isEntry && from === to) return undefined;
  if (rest.length === 0) return `${specifier} is an entry point: nothing inside imports it`;
  if (rest.join('/') !== 'index.ts') return `${specifier}: import it through ${to}/index.ts`;
  if (isEntry) {
    return isCore(path) && SHELL.has(to) ? `this entry point runs anywhere and cannot hold ${to}` : undefined;
  }
  const fromLayer = layerOf(from);
  const toLayer = layerOf(to);
  if (fromLayer === -1) return `${from}/ has no place among the layers`;
  if (toLayer === -1) return `${to}/ has no place among the layers`;
  return toLayer < fromLayer ? undefined : `${from} may not import ${to}: imports go to the left only`;
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((group) => group.includes(folder));
}
