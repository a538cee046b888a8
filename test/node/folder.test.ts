import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from '../../src/node/folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'quorumcast-folder-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('makes what is missing, and says where that began', async () => {
  expect(await makeFolder(join(dir, 'a', 'b', 'c'), 0o700)).toBe(join(dir, 'a'));
  expect(statSync(join(dir, 'a', 'b', 'c')).mode & 0o777).toBe(0o700);
  expect(await makeFolder(join(dir, 'a', 'b', 'c'))).toBeUndefined();
  expect(await makeFolder(join(dir, 'a', 'd'))).toBe(join(dir, 'a', 'd'));
});

test('a file in the way is an error, at the end of the path and before', async () => {
  writeFileSync(join(dir, 'file'), '');
  await expect(makeFolder(join(dir, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeFolder(join(dir, 'file', 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

// There `mkdir` with `recursive` goes round for ever.
test.runIf(existsSync('/proc/self'))(
  'where the system makes none, it ends with what the system said',
  async () => {
    await expect(makeFolder('/proc/quorumcast/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
