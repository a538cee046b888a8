import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLines } from '../../src/cli/demo/input.ts';
import { quorumcast, temporaryFolder } from './harness.ts';

const dir = temporaryFolder();

function file(name: string, bytes: string | Uint8Array): string {
  writeFileSync(join(dir, name), bytes);
  return join(dir, name);
}

async function linesOf(path: string, bytesMax = 1_000): Promise<string[]> {
  const lines = await openLines(path, bytesMax);
  const hex: string[] = [];
  try {
    for await (const line of lines) hex.push(Buffer.from(line).toString('latin1'));
  } finally {
    await lines.close();
  }
  return hex;
}

describe('the lines of the demo', () => {
  test.each([
    ['', []],
    ['\n', ['']],
    ['one', ['one']],
    ['one\n\ntwo\n', ['one', '', 'two']],
    ['one\r\ntwo\r', ['one', 'two']],
    ['a\rb\n', ['a\rb']],
  ])('of %j are %j', async (text, lines) => {
    expect(await linesOf(file('text', text))).toEqual(lines);
  });

  test('are the bytes that stand there, whether they are text or not', async () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x00, 0x0a, 0xc3, 0x0a);
    expect(await linesOf(file('binary', bytes))).toEqual(['\xff\xfe\x00', '\xc3']);
  });

  test('are found across the pieces that a file is read in', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `${i} ${'x'.repeat(i % 90)}`);
    expect(await linesOf(file('long', lines.join('\r\n')))).toEqual(lines);
  });

  test('are refused by number where one is longer than a message may be', async () => {
    expect(await linesOf(file('limit', `${'x'.repeat(10)}\r\n`), 10)).toEqual(['x'.repeat(10)]);
    for (const text of [`a\n${'x'.repeat(11)}\n`, `a\n${'x'.repeat(200_000)}`]) {
      await expect(linesOf(file('over', text), 10)).rejects.toMatchObject({
        code: 'ERR_USAGE',
        message: expect.stringMatching(/^line 2 of .*over is longer than 10 bytes/),
      });
    }
  });
});

describe('what the demo is given is looked at before it starts anything', () => {
  const refused = async (args: readonly string[], first: RegExp, code: number): Promise<void> => {
    const result = await quorumcast(['demo', ...args], { cwd: dir });
    expect(result.stdout).toBe('');
    // Nothing was announced: no member was started.
    expect(result.stderr).toMatch(first);
    expect(result.stderr).toMatch(/\n {2}-> .+\n$/);
    expect(result.code).toBe(code);
  };

  test('a file that is not there, and a folder', async () => {
    await refused([join(dir, 'none')], /^ERR_USAGE {2}.*none cannot be read: no such file or folder\n/, 64);
    await refused([dir], /^ERR_USAGE {2}.* cannot be read: it is a folder\n/, 64);
  });

  test('a folder to keep that holds a cluster, or is none', async () => {
    mkdirSync(join(dir, 'kept'));
    writeFileSync(join(dir, 'kept', 'cluster.json'), '{}');
    await refused(['--keep', 'kept'], /^ERR_CONFIG {2}.*kept holds a cluster already\n/, 78);
    file('plain', 'x');
    await refused(['--keep', 'plain'], /^ERR_CONFIG {2}no cluster can be made in .*plain: .*no folder\n/, 78);
  });

  test('the same of `dev --dir`', async () => {
    const { code, stderr } = await quorumcast(['dev', '--dir', file('plain', 'x')], { cwd: dir });
    expect(stderr).toMatch(/^ERR_CONFIG {2}no cluster can be made in .*plain: .*no folder\n {2}-> /);
    expect(code).toBe(78);
  });
});
