import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DirectoryLock } from '../../src/node/store/lock.ts';
import { temporaryDirectory } from './kit.ts';

test('comes and goes with many who want it: never two at once, and somebody gets it', async () => {
  const dir = temporaryDirectory();
  // What processes that were killed leave behind, as far as a file can imitate it: it refuses connections.
  for (const number of [3, 4, 17]) writeFileSync(join(dir, `lock-${number}`), '');
  let holders = 0;
  let held = 0;
  const compete = async (): Promise<void> => {
    for (let round = 0; round < 40; round += 1) {
      const lock = await DirectoryLock.acquire(dir).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'ERR_DATA_DIR_LOCKED' });
      });
      if (lock === undefined) continue;
      holders += 1;
      held += 1;
      expect(holders).toBe(1);
      await breathe();
      holders -= 1;
      await lock.release();
    }
  };
  await Promise.all(Array.from({ length: 6 }, compete));
  expect(held).toBeGreaterThan(0);
  expect(readdirSync(dir)).toEqual([]);
});

test('holds however its number compares with others', async () => {
  for (const number of [1, 9]) {
    const dir = temporaryDirectory();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(join(dir, `lock-${number}`), resolve));
    await expect(DirectoryLock.acquire(dir)).rejects.toMatchObject({ code: 'ERR_DATA_DIR_LOCKED' });
    await new Promise((resolve) => other.close(resolve));
    await (await DirectoryLock.acquire(dir)).release();
  }
});
