import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.quorumcast']);
const TEXT = /\.(?:ts|mts|mjs|js|json|jsonc|md|txt|html|css|yaml|yml|sh)$|(?:^|\/)(?:run|LICENSE|\.\w+)$/;

/** Every file of the repository that people write, from its root, with forward slashes, in order. */
export function tree(folder = ''): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => !NOT_OURS.has(name) && !name.endsWith('.tsbuildinfo'))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? tree(path) : entry.isFile() ? [path] : [];
    })
    .sort();
}

/** Whether a path names a text that rules about words apply to. */
export function isText(path: string): boolean {
  return TEXT.test(path) && path !== 'package-lock.json';
}

/** The text of a file by its path from the root; '' for a folder; undefined if there is none. */
export function read(path: string): string | undefined {
  const full = join(ROOT, path);
  if (!existsSync(full)) return undefined;
  return statSync(full).isDirectory() ? '' : readFileSync(full, 'utf8');
}
