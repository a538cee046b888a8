import { dirname, join, resolve } from 'node:path';
import {
  approveCluster,
  type ClusterDefinition,
  follows,
  type Identity,
  loadClusterDefinition,
  loadIdentity,
  requireMember,
  serializeClusterDefinition,
  signCluster,
  verifyApprovals,
  verifySignatures,
} from '../../node/index.ts';
import { noteApproval } from '../approved.ts';
import type { Cli } from '../cli.ts';
import { approvalLine, clusterObject, describeCluster, signatureLine } from '../cluster-text.ts';
import { CommandError } from '../command-error.ts';
import { requireDigest } from '../digest-check.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists, replaceFile } from '../files.ts';

/** Options of `cluster sign`. */
export interface ClusterSignOptions {
  readonly key: string;
  readonly previous?: string;
  readonly instead?: boolean;
  readonly digest?: string;
  readonly out?: string;
}

/** Shows a cluster, then adds a member's signature to its file, and its approval if it follows another. */
export async function run(cli: Cli, args: readonly string[], options: ClusterSignOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const path = resolve(cwd, args[0] ?? 'cluster.json');
  const out = resolve(cwd, options.out ?? path);
  const definition = await loadClusterDefinition(path);
  // First: what stands in the way of signing would leave its error below a screen of members.
  const keyPath = resolve(cwd, options.key);
  const identity = await loadIdentity(keyPath);
  const before = await previousOf(cli, path, definition, options.previous);
  const approves = before !== undefined && before.memberWithKey(identity.publicKey)?.name === identity.name;
  // Who leaves approves and signs nothing.
  const signs = !approves || definition.memberWithKey(identity.publicKey) !== undefined;
  const { name } = approves ? identity : requireMember(definition, identity);
  requireDigest(definition, options.digest);
  terminal.talk(`${describeCluster(definition)}\n`);
  const already =
    (!signs || verifySignatures(definition).signed.includes(name)) &&
    (!approves || verifyApprovals(before, definition).approved.includes(name));
  if (approves) await noteApproval(keyPath, before, definition, options.instead === true);
  const signed = already ? definition : sign(definition, identity, signs, approves ? before : undefined);
  if (!already || out !== path) await replaceFile(out, serializeClusterDefinition(signed));
  const did = signs ? (approves ? 'signed and approved' : 'signed') : 'approved';
  const done = already ? `${name} had ${did} before` : `${name} ${did}`;
  const state = [signatureLine(signed), ...(before === undefined ? [] : [approvalLine(before, signed)])];
  terminal.emit(
    {
      event: already ? 'already-signed' : 'signed',
      member: name,
      file: out,
      ...clusterObject(signed, before),
    },
    `${done}  digest ${signed.shortDigest}  ${state.join(';  ')}`,
  );
  terminal.talk(whatNext(signed, before));
  return EXIT.ok;
}

function sign(
  definition: ClusterDefinition,
  identity: Identity,
  signs: boolean,
  before: ClusterDefinition | undefined,
): ClusterDefinition {
  const signed = signs ? signCluster(definition, identity) : definition;
  return before === undefined ? signed : approveCluster(before, signed, identity);
}

function whatNext(signed: ClusterDefinition, before: ClusterDefinition | undefined): string {
  const complete = verifySignatures(signed).missing.length === 0;
  const { approved, need } =
    before === undefined ? { approved: [], need: 0 } : verifyApprovals(before, signed);
  if (!complete || approved.length < need) {
    return 'next: send this file back; copies signed apart are joined by `quorumcast cluster merge A B ... --out FILE`';
  }
  if (signed.previous !== undefined && before === undefined) {
    return 'next: members of the epoch before approve it: `quorumcast cluster sign FILE --key NAME.key --previous cluster.json`';
  }
  return 'next: every member needs this complete file; then each runs `quorumcast run`';
}

/** The definition that this one follows: as told, else the `cluster.json` beside it if that is the one. */
async function previousOf(
  { cwd }: Cli,
  path: string,
  definition: ClusterDefinition,
  told: string | undefined,
): Promise<ClusterDefinition | undefined> {
  const near = join(dirname(path), 'cluster.json');
  if (told === undefined) {
    if (definition.previous === undefined || near === path || !(await exists(near))) return undefined;
    const found = await loadClusterDefinition(near).catch(() => undefined);
    return found !== undefined && follows(found, definition) ? found : undefined;
  }
  const before = await loadClusterDefinition(resolve(cwd, told));
  if (follows(before, definition)) return before;
  throw new CommandError(
    'ERR_CLUSTER_MISMATCH',
    `epoch ${definition.epoch} (${definition.shortDigest}) does not follow ${told} (${before.shortDigest})`,
    { hint: 'name with --previous the definition that is in force' },
  );
}
