import type { KeyObject } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import * as v from 'valibot';
import { fromHex, reasonOf, toHex } from '../../base/index.ts';
import { QuorumcastError } from '../errors.ts';
import { parseStrictJson } from '../strict-json.ts';
import { selfSignedCertificate } from './certificate.ts';
import { randomSeed, rawPublicKey, secretKeyOf, signBytes } from './ed25519.ts';
import { fileKind, keyField, NAME_PATTERN, nameField } from './fields.ts';

/** Who a member is: a name and an Ed25519 key. The secret stays inside; printing an identity shows none of it. */
export class Identity {
  readonly name: string;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly #seed: Uint8Array;
  readonly #secretKey: KeyObject;

  /** `seed`: 32 secret bytes, copied. @throws QuorumcastError ERR_IDENTITY for a name that is none. */
  constructor(name: string, seed: Uint8Array) {
    if (!NAME_PATTERN.test(name)) {
      throw new QuorumcastError('ERR_IDENTITY', `"${name}" is not a name for a member`, {
        hint: 'use 1 to 32 of a-z, 0-9 and "-", not starting with "-"',
      });
    }
    this.name = name;
    this.#seed = seed.slice();
    this.#secretKey = secretKeyOf(this.#seed);
    this.publicKey = rawPublicKey(this.#secretKey) ?? new Uint8Array(0);
  }

  /** The 64-byte Ed25519 signature. */
  sign(message: Uint8Array): Uint8Array {
    return signBytes(this.#secretKey, message);
  }

  /** What TLS presents to peers: the secret key and a self-signed certificate, both PEM. Not to be logged. */
  tlsCredentials(): { readonly key: string; readonly cert: string } {
    return {
      key: this.#secretKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      cert: selfSignedCertificate(this.#secretKey, this.publicKey, this.name),
    };
  }

  /** The contents of the key file. Secret. */
  keyFile(): string {
    const file = { quorumcast: 'key', version: 1, name: this.name, secretKey: toHex(this.#seed) };
    return `${JSON.stringify(file, undefined, 2)}\n`;
  }
}

/** A new identity with a key from the system's generator. */
export function generateIdentity(name: string): Identity {
  return new Identity(name, randomSeed());
}

const keyFileSchema = v.object({ ...fileKind('key'), name: nameField, secretKey: keyField });

/**
 * Reads a key file. Nobody but its owner may be able to read or write it.
 * @throws QuorumcastError ERR_IDENTITY
 */
export async function loadIdentity(path: string): Promise<Identity> {
  const text = await readSecretFile(
    path,
    'make a key with `quorumcast keygen NAME --address HOST:PORT`, or name the right file',
  );
  const file = parseStrictJson(text, path, keyFileSchema, {
    code: 'ERR_IDENTITY',
    hint: 'a key file is made by `quorumcast keygen NAME --address HOST:PORT`',
  });
  return new Identity(file.name, fromHex(file.secretKey) ?? new Uint8Array(0));
}

/** The text of a file that only its owner may read. @throws QuorumcastError ERR_IDENTITY, with `hint` if it cannot be read */
export async function readSecretFile(path: string, hint: string): Promise<string> {
  let mode: number;
  let text: string;
  try {
    mode = (await stat(path)).mode;
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new QuorumcastError('ERR_IDENTITY', `${path} cannot be read: ${reasonOf(cause)}`, {
      hint,
      cause,
    });
  }
  // Windows has no such bits: Node reports every file there as readable by all.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    throw new QuorumcastError('ERR_IDENTITY', `${path} has mode ${octal}: others may read this secret key`, {
      hint: `run \`chmod 600 ${path}\`; if others did read it, make a new one and a new epoch`,
    });
  }
  return text;
}

/**
 * Writes the key file, mode 0600, and syncs it. Never overwrites: a lost key is a lost member.
 * @throws QuorumcastError ERR_IDENTITY
 */
export async function writeIdentity(identity: Identity, path: string): Promise<void> {
  await writeNewFile(path, identity.keyFile(), 0o600);
}

/** Makes a file that must not exist yet, and syncs it. @throws QuorumcastError ERR_IDENTITY */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const exists = isErrno(cause, 'EEXIST');
    throw new QuorumcastError(
      'ERR_IDENTITY',
      exists ? `${path} exists and is never overwritten` : `${path} cannot be written: ${reasonOf(cause)}`,
      {
        hint: exists ? 'use another name, or move the old file away and keep it' : 'check the folder',
        cause,
      },
    );
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
