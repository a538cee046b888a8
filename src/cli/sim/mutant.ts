import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MUTANTS, type Mutant } from '../../simulator/index.ts';
import { usage } from '../command-error.ts';

/** The simulator as a module: the one of this program, or one with a bug in it. */
export type SimulatorModule = typeof import('../../simulator/index.ts');

/** This file may run from `src/` too; what is copied and changed is what was built. */
const BUILT = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** What the simulator stands on is every folder but these. */
const SHELL: readonly string[] = ['node', 'cli'];

/** A copy of the core with one bug. */
export interface MutantCopy {
  /** Where its simulator is to be imported from. */
  readonly url: string;
  readonly remove: () => void;
}

/** The mutant of this name. @throws CommandError ERR_USAGE if there is none */
export function requireMutant(name: string): Mutant {
  const mutant = MUTANTS.find((known) => known.name === name);
  if (mutant !== undefined) return mutant;
  throw usage(`there is no mutant called "${name}"`, '`quorumcast sim list mutants` names them all');
}

/** The text of a file with the bug in it. @throws Error if the place is not there exactly once */
export function mutate(text: string, { name, file, find, replace }: Mutant): string {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`mutant ${name}: its place occurs ${places} times in ${file}, not once`);
  return text.replace(find, () => replace);
}

/** Copies the built core into a temporary folder and puts one bug into it. The caller removes it. */
export function copyMutant(mutant: Mutant): MutantCopy {
  const folder = mkdtempSync(join(tmpdir(), `quorumcast-mutant-${mutant.name}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const part of coreFolders()) {
      const filter = (path: string): boolean => !path.endsWith('.d.ts');
      cpSync(join(BUILT, part), join(folder, part), { recursive: true, filter });
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    linkPackages(folder);
    const path = join(folder, mutant.file);
    writeFileSync(path, mutate(readFileSync(path, 'utf8'), mutant));
    return { url: pathToFileURL(join(folder, 'simulator', 'index.js')).href, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function coreFolders(): string[] {
  return readdirSync(BUILT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !SHELL.includes(entry.name))
    .map(({ name }) => name);
}

/** The one package that the core stands on. */
function linkPackages(folder: string): void {
  const hashes = createRequire(import.meta.url).resolve('@noble/hashes/sha2.js');
  mkdirSync(join(folder, 'node_modules', '@noble'), { recursive: true });
  symlinkSync(dirname(hashes), join(folder, 'node_modules', '@noble', 'hashes'), 'junction');
}
