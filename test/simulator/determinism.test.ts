import { expect, test } from 'vitest';
import { lab } from './lab.ts';

test('a seed gives the same trace in every process, locale and heap', { timeout: 240_000 }, async () => {
  const here = await lab('hashes');
  const there = await lab('hashes', {
    env: { LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu' },
    flags: ['--max-old-space-size=96', '--no-opt', '--hash-seed=7'],
  });
  expect(there).toEqual(here);
});
