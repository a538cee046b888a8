import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { heapFlag } from '../../src/cli/heap.ts';

test('a member lets its heap grow to five times what was in use, unless its command line says otherwise', () => {
  expect(heapFlag(['--enable-source-maps'])).toBe('--heap-growing-percent=400');
  expect(heapFlag(['--heap-growing-percent=50'])).toBeUndefined();
  expect(heapFlag(['--heap_growing_percent', '50'])).toBeUndefined();
});

test('the engine knows the flag: one that it does not know it would name on standard error', () => {
  const set = (flag: string): string => {
    const program = `require('node:v8').setFlagsFromString(${JSON.stringify(flag)})`;
    return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stderr;
  };
  expect(set(heapFlag([]) ?? '')).toBe('');
  expect(set('--no-such-flag=1')).toContain('no-such-flag');
});
