import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crc32 } from '../../src/node/store/crc32.ts';
import { DumbStore } from './dumb-store.ts';
import { crashImage } from './images.ts';
import { openStore, someHistory, temporaryDirectory, told } from './kit.ts';

/** Format version 1, as every later version must still read it. */
const GOLDEN = new URL('golden/log-v1.hex', import.meta.url);

/** Sixteen bytes a line after their offset, as in `docs/storage.md`. */
function dump(bytes: Buffer): string {
  const lines = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) => {
    const row = bytes.subarray(16 * line, 16 * line + 16);
    return `${(16 * line).toString(16).padStart(6, '0')}  ${row.toString('hex').replace(/(..)(?=.)/g, '$1 ')}\n`;
  });
  return lines.join('');
}

function undump(text: string): Buffer {
  return Buffer.from(text.replace(/^\w+ {2}/gm, '').replace(/\s/g, ''), 'hex');
}

test('the same records make the same bytes as ever', async () => {
  const { bytes } = await crashImage(temporaryDirectory(), someHistory(), 'closed');
  await expect(dump(bytes)).toMatchFileSnapshot(GOLDEN.pathname);
});

test('the bytes of old still say the same', async () => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, 'log-0000000000000001.qcl'), undump(readFileSync(GOLDEN, 'utf8')));
  expect(await told(await openStore(dir))).toEqual(new DumbStore(someHistory().flat()).told());
});

test('checksums are those of zlib, short or long, wherever they begin', () => {
  const text = Buffer.from('xx123456789');
  expect(crc32(text, 2, 11)).toBe(0xcbf43926);
  expect(crc32(text, 2, 2)).toBe(0);
  const long = Buffer.from(Array.from({ length: 600 }, (_, index) => (index * 31) % 251));
  for (let length = 240; length < 280; length += 1) {
    // The table and the native code meet at 256 bytes; both must be the one function.
    const parts = [crc32(long, 3, 3 + length), bitwiseCrc32(long.subarray(3, 3 + length))];
    expect(parts[0]).toBe(parts[1]);
  }
});

function bitwiseCrc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
