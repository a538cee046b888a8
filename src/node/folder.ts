import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Not `mkdir` with `recursive`: that never returns where a file
 * system says "no such folder" of a folder it has, as /proc does.
 * @returns the topmost folder that was made; undefined if it was there already.
 * @throws what the file system throws; ENOTDIR where something else has the name.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<string | undefined> {
  const refusal = await tryMake(path, mode);
  if (refusal === undefined) return path;
  const above = dirname(path);
  if (refusal.code === 'ENOENT' && above !== path) {
    const first = await makeFolder(above, mode);
    const again = await tryMake(path, mode);
    if (again === undefined) return first ?? path;
    if (again.code !== 'EEXIST') throw again;
  } else if (refusal.code !== 'EEXIST') throw refusal;
  // A name that leads nowhere, or to a file, is no folder to use.
  if (!(await stat(path)).isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), { code: 'ENOTDIR' });
  }
  return undefined;
}

async function tryMake(path: string, mode: number): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path, { mode });
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
