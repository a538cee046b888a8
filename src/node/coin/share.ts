import * as v from 'valibot';
import { fromHex, toHex } from '../../base/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import {
  digestField,
  fileKind,
  keyField,
  nameField,
  readSecretFile,
  writeNewFile,
} from '../identity/index.ts';
import { parseStrictJson } from '../strict-json.ts';

/** What one member was dealt of a common coin. */
export interface CoinShare {
  readonly name: string;
  /** Digest of the definition that the coin stands in, 32 bytes: it covers members, epoch and public keys. */
  readonly cluster: Uint8Array;
  /** 32 bytes. Not to be logged. */
  readonly secret: Uint8Array;
}

const HINT =
  'ask whoever dealt the coin for the file NAME.coin that `quorumcast cluster deal` made for this member';

const shareSchema = v.object({
  ...fileKind('coin'),
  name: nameField,
  cluster: digestField,
  secret: keyField,
});

/** Reads a share. Nobody but its owner may be able to read or write it. @throws QuorumcastError ERR_IDENTITY */
export async function loadCoinShare(path: string): Promise<CoinShare> {
  const text = await readSecretFile(path, HINT);
  const file = parseStrictJson(text, path, shareSchema, { code: 'ERR_IDENTITY', hint: HINT });
  return { name: file.name, cluster: bytesOf(file.cluster), secret: bytesOf(file.secret) };
}

/** Writes a share, mode 0600, and syncs it. Never overwrites. @throws QuorumcastError ERR_IDENTITY */
export async function writeCoinShare({ name, cluster, secret }: CoinShare, path: string): Promise<void> {
  const file = { quorumcast: 'coin', version: 1, name, cluster: toHex(cluster), secret: toHex(secret) };
  await writeNewFile(path, `${JSON.stringify(file, undefined, 2)}\n`, 0o600);
}

/** Refuses a share of another cluster, epoch, dealing or member. @throws QuorumcastError ERR_IDENTITY */
export function requireShareOf(cluster: ClusterDefinition, name: string, share: CoinShare): void {
  if (share.name !== name)
    throw new QuorumcastError(
      'ERR_IDENTITY',
      `the share of the coin is that of ${share.name}, not of ${name}`,
      {
        hint: 'each member has a share of its own, and none may have two: name the right file',
      },
    );
  if (Buffer.from(share.cluster).equals(cluster.digest)) return;
  throw new QuorumcastError(
    'ERR_IDENTITY',
    `the share of the coin was dealt for another definition than ${cluster.shortDigest}`,
    { hint: 'a change of the cluster needs a new dealing: ask for the share of this definition and epoch' },
  );
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}
