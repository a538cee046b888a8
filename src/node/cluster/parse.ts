import { readFile } from 'node:fs/promises';
import { closestMatch } from 'leven';
import { reasonOf } from '../../base/index.ts';
import { quorums } from '../../committee/index.ts';
import { QuorumcastError } from '../errors.ts';
import { type JsonPath, parseStrictJson } from '../strict-json.ts';
import { ClusterDefinition } from './definition.ts';
import { type ClusterFile, clusterSchema } from './schema.ts';

/**
 * A cluster definition from the contents of its file. Signatures are read, not verified.
 * @throws QuorumcastError ERR_CLUSTER_INVALID with all that is wrong, each with line and column.
 */
export function parseClusterDefinition(text: string, fileName: string): ClusterDefinition {
  const file = parseStrictJson(text, fileName, clusterSchema, {
    code: 'ERR_CLUSTER_INVALID',
    hint: 'a cluster file is made by `quorumcast cluster init` and signed, not edited',
    check: checkCluster,
  });
  return new ClusterDefinition(file);
}

/** The file of 256 members, signed and approved, takes less. */
export const CLUSTER_BYTES_MAX = 524_288;

/** Before reading what came from elsewhere. @throws QuorumcastError ERR_CLUSTER_INVALID */
export function requireClusterBytes(bytes: number): void {
  if (bytes <= CLUSTER_BYTES_MAX) return;
  throw new QuorumcastError(
    'ERR_CLUSTER_INVALID',
    `a definition of ${bytes} bytes: none is longer than ${CLUSTER_BYTES_MAX}`,
  );
}

/** Reads a cluster file. @throws QuorumcastError ERR_CLUSTER_INVALID */
export async function loadClusterDefinition(path: string): Promise<ClusterDefinition> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new QuorumcastError('ERR_CLUSTER_INVALID', `${path} cannot be read: ${reasonOf(cause)}`, {
      hint: 'name the cluster.json that `quorumcast cluster init` wrote and the members signed',
      cause,
    });
  }
  return parseClusterDefinition(text, path);
}

/** The contents of a cluster file: what `parseClusterDefinition` reads. */
export function serializeClusterDefinition(definition: ClusterDefinition): string {
  return `${JSON.stringify(definition, undefined, 2)}\n`;
}

type Report = (path: JsonPath, message: string) => void;

/** The rules across members and numbers. */
export function checkCluster(file: ClusterFile, report: Report): void {
  checkUnique(file, report);
  try {
    quorums(file.members.length, file.faulty);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(['faulty'], error.message);
  }
  if (file.limits.bytesPerSender < file.limits.payloadBytes) {
    report(['limits', 'bytesPerSender'], 'bytesPerSender must be at least payloadBytes');
  }
  if (file.givenUp !== undefined && file.previous === undefined)
    report(['givenUp'], 'a definition that follows no other gives nobody up');
  for (const [index, name] of (file.givenUp ?? []).entries()) {
    if (file.givenUp?.indexOf(name) !== index) report(['givenUp', index], `"${name}" stands there twice`);
  }
  if (file.coin !== undefined && file.previous !== undefined)
    report(['coin'], 'a definition that follows another while the cluster runs has no common coin');
  if (file.coin !== undefined && file.coin.keys.length !== file.members.length)
    report(
      ['coin', 'keys'],
      `${file.coin.keys.length} keys of the coin for ${file.members.length} members: deal it again`,
    );
  const names = file.members.map(({ name }) => name);
  for (const signer of Object.keys(file.signatures)) {
    if (names.includes(signer)) continue;
    const near = closestMatch(signer, names, { maxDistance: 2 });
    const suggestion = near === undefined ? '' : `; did you mean "${near}"?`;
    report(['signatures', signer], `"${signer}" signed but is no member${suggestion}`);
  }
}

function checkUnique(file: ClusterFile, report: Report): void {
  const seen = new Map<string, string>();
  const claim = (what: string, value: string, owner: string, path: JsonPath): void => {
    const earlier = seen.get(`${what} ${value}`);
    if (earlier !== undefined) report(path, `${what} "${value}" of ${owner} is already that of ${earlier}`);
    seen.set(`${what} ${value}`, owner);
  };
  for (const [index, { name, publicKey, addresses }] of file.members.entries()) {
    claim('name', name, `member ${index + 1}`, ['members', index, 'name']);
    claim('public key', publicKey, name, ['members', index, 'publicKey']);
    for (const [place, address] of addresses.entries()) {
      claim('address', address, name, ['members', index, 'addresses', place]);
    }
  }
}
