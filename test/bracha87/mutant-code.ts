import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { WholeCode } from './campaigns.ts';
import type { AgreementMutant } from './mutants.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['agreement', 'base', 'broadcast', 'codec', 'coin', 'committee', 'crypto', 'protocol'];

/** A copy of the built code, with a bug if one is given. `remove` it afterwards. */
export async function copyOf(
  mutant?: AgreementMutant,
): Promise<{ readonly code: WholeCode; readonly remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'quorumcast-agreement-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const part of FOLDERS) cpSync(join(ROOT, 'dist', part), join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    if (mutant !== undefined) {
      const path = join(folder, mutant.file);
      const text = readFileSync(path, 'utf8');
      const places = text.split(mutant.find).length - 1;
      if (places !== 1) throw new Error(`${mutant.name}: its place occurs ${places} times, not once`);
      writeFileSync(
        path,
        text.replace(mutant.find, () => mutant.replace),
      );
    }
    const load = (path: string) => import(pathToFileURL(join(folder, path)).href);
    const [agreement, committee, validation] = await Promise.all([
      load('agreement/index.js'),
      load('committee/index.js'),
      load('agreement/bracha87/validation.js'),
    ]);
    return { code: { agreement, committee, validation }, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
