import { randomBytes } from 'node:crypto';
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reasonOf } from '../base/index.ts';
import { CommandError } from './command-error.ts';

/** Whether something has this path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Replaces a file in one step: readers see the old text or the new one, also after a crash.
 * @throws CommandError ERR_CONFIG
 */
export async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new CommandError('ERR_CONFIG', `${path} cannot be written: ${reasonOf(cause)}`, {
      hint: 'check the folder',
      cause,
    });
  }
}

/** The text of a file. @throws CommandError */
export async function readText(path: string, hint = 'check the path'): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError('ERR_USAGE', `${path} cannot be read: ${reasonOf(cause)}`, { hint, cause });
  }
}
