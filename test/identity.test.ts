import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../src/base/index.ts';
import {
  type Card,
  generateIdentity,
  Identity,
  loadCard,
  loadIdentity,
  makeCard,
  parseCard,
  rawPublicKey,
  serializeCard,
  verifyBytes,
  verifyCard,
  writeCard,
  writeIdentity,
} from '../src/node/identity/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorumcast-identity-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** RFC 8032, 7.1, test 2: what a seed makes is the same everywhere. */
const RFC_8032 = {
  seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  message: '72',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
};

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);

describe('an identity', () => {
  test('signs as RFC 8032 says', () => {
    const identity = new Identity('acme', bytes(RFC_8032.seed));
    expect(toHex(identity.publicKey)).toBe(RFC_8032.publicKey);
    expect(toHex(identity.sign(bytes(RFC_8032.message)))).toBe(RFC_8032.signature);
    expect(verifyBytes(identity.publicKey, bytes(RFC_8032.message), bytes(RFC_8032.signature))).toBe(true);
    expect(verifyBytes(identity.publicKey, bytes('73'), bytes(RFC_8032.signature))).toBe(false);
    expect(verifyBytes(identity.publicKey, bytes('72'), new Uint8Array(63))).toBe(false);
    expect(verifyBytes(new Uint8Array(31), bytes('72'), new Uint8Array(64))).toBe(false);
    expect(verifyBytes(new Uint8Array(32).fill(0xff), bytes('72'), new Uint8Array(64))).toBe(false);
  });

  test('shows no secret when printed', () => {
    const identity = new Identity('acme', bytes(RFC_8032.seed));
    for (const text of [inspect(identity, { depth: 9, showHidden: true }), JSON.stringify(identity)]) {
      expect(text).not.toContain(RFC_8032.seed);
      expect(text).not.toContain('PRIVATE');
    }
  });

  test.each(['', 'Acme', '-acme', 'a'.repeat(33), 'a.b', 'é', 'a\n'])('cannot be called %j', (name) => {
    expect(() => generateIdentity(name)).toThrow(expect.objectContaining({ code: 'ERR_IDENTITY' }));
  });

  test('has a self-signed certificate that others can read', async () => {
    const identity = generateIdentity('acme');
    const { cert, key } = identity.tlsCredentials();
    const certificate = new X509Certificate(cert);
    expect(certificate.subject).toBe('CN=acme');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(rawPublicKey(certificate.publicKey)).toEqual(identity.publicKey);
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(9999);
    expect(identity.tlsCredentials().cert).toBe(cert);
    const path = join(folder, 'acme.pem');
    await writeFile(path, cert);
    expect(openssl(['verify', '-CAfile', path, path])).toMatch(/OK|absent/);
  });
});

/** The answer of a foreign implementation, where there is one. */
function openssl(args: readonly string[]): string {
  try {
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'absent';
    throw error;
  }
}

describe('a key file', () => {
  test('is written for its owner only, and read back', async () => {
    const identity = generateIdentity('acme');
    const path = join(folder, 'acme.key');
    await writeIdentity(identity, path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const loaded = await loadIdentity(path);
    expect([loaded.name, toHex(loaded.publicKey)]).toEqual(['acme', toHex(identity.publicKey)]);
  });

  test('is never overwritten', async () => {
    const path = join(folder, 'acme.key');
    await writeIdentity(generateIdentity('acme'), path);
    const before = await readFile(path, 'utf8');
    await expect(writeIdentity(generateIdentity('acme'), path)).rejects.toMatchObject({
      code: 'ERR_IDENTITY',
      message: `${path} exists and is never overwritten`,
      hint: expect.stringContaining('move the old file away'),
    });
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  test.each([0o644, 0o640, 0o602, 0o610])(
    'that others may touch (%o) is refused, with the cure',
    async (mode) => {
      const path = join(folder, 'acme.key');
      await writeIdentity(generateIdentity('acme'), path);
      await chmod(path, mode);
      await expect(loadIdentity(path)).rejects.toMatchObject({
        code: 'ERR_IDENTITY',
        hint: expect.stringContaining(`chmod 600 ${path}`),
      });
    },
  );

  test.each([
    [
      'an unknown key',
      (file: object) => ({ ...file, nmae: 'x' }),
      /:\d+:\d+ unknown key "nmae"; did you mean "name"\?/,
    ],
    [
      'a short secret',
      (file: object) => ({ ...file, secretKey: 'ab' }),
      /"secretKey" must be 64 digits of lower-case hex/,
    ],
    [
      'a later version',
      (file: object) => ({ ...file, version: 2 }),
      /"version" must be 1: a newer quorumcast is needed/,
    ],
    [
      'a card',
      (file: object) => ({ ...file, quorumcast: 'card' }),
      /"quorumcast" must be "key": this is another kind/,
    ],
  ])('with %s is refused', async (_, change, message) => {
    const path = join(folder, 'acme.key');
    const file = change(JSON.parse(generateIdentity('acme').keyFile()));
    await writeFile(path, JSON.stringify(file, undefined, 2), { mode: 0o600 });
    await expect(loadIdentity(path)).rejects.toMatchObject({
      code: 'ERR_IDENTITY',
      message: expect.stringMatching(message),
    });
  });

  test('a refusal never quotes the secret', async () => {
    const path = join(folder, 'acme.key');
    const secretKey = RFC_8032.seed.toUpperCase();
    await writeFile(path, JSON.stringify({ quorumcast: 'key', version: 1, name: 'acme', secretKey }), {
      mode: 0o600,
    });
    const error = await loadIdentity(path).catch((reason: unknown) => reason);
    expect(inspect(error, { depth: 9 })).not.toContain(secretKey.slice(0, 12));
  });

  test('that is not there is named', async () => {
    await expect(loadIdentity(join(folder, 'none.key'))).rejects.toMatchObject({
      code: 'ERR_IDENTITY',
      message: expect.stringContaining('none.key cannot be read: no such file'),
    });
  });
});

describe('a card', () => {
  const identity = new Identity('acme', bytes(RFC_8032.seed));
  const card = makeCard(identity, ['quorumcast.acme.example:7400', '[2001:db8::1]:7400']);

  test('is written, read back and verified', async () => {
    const path = join(folder, 'acme.card.json');
    await writeCard(card, path);
    expect(await loadCard(path)).toEqual(card);
    expect(await readFile(path, 'utf8')).not.toContain(RFC_8032.seed);
    await expect(writeCard(card, path)).rejects.toMatchObject({ code: 'ERR_IDENTITY' });
  });

  test('of the same key and addresses is the same everywhere', () => {
    expect(card.publicKey).toBe(RFC_8032.publicKey);
    expect(makeCard(identity, card.addresses)).toEqual(card);
  });

  const other = makeCard(generateIdentity('globex'), ['127.0.0.1:1']);
  test.each<[string, Partial<Card>]>([
    ['name', { name: 'acne' }],
    ['addresses', { addresses: ['quorumcast.acme.example:7401', '[2001:db8::1]:7400'] }],
    ['order of addresses', { addresses: [...card.addresses].reverse() }],
    ['key', { publicKey: other.publicKey }],
    ['signature', { signature: other.signature }],
  ])('with another %s is noticed', (_, change) => {
    const changed = { ...card, ...change };
    expect(verifyCard(changed)).toBe(false);
    expect(() => parseCard(serializeCard(changed), 'acme.card.json')).toThrow(
      expect.objectContaining({ code: 'ERR_IDENTITY', hint: expect.stringContaining('send it again') }),
    );
  });

  test.each([
    [[]],
    [['acme.example']],
    [['acme.example:0']],
    [['acme.example:65536']],
    [['ACME.example:7400']],
    [['acme.example:07400']],
    [['http://acme.example:7400']],
    [['2001:db8::1:7400']],
    [['acme.example:1 ']],
    [Array.from({ length: 9 }, (_, i) => `acme.example:${i + 1}`)],
  ])('cannot have the addresses %j', (addresses) => {
    expect(() => makeCard(identity, addresses)).toThrow(expect.objectContaining({ code: 'ERR_IDENTITY' }));
  });
});
