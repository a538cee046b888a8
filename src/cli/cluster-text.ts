import { createHash } from 'node:crypto';
import { type ClusterDefinition, shortDigest, verifyApprovals, verifySignatures } from '../node/index.ts';
import { count, formatBytes, table } from './terminal.ts';

/** The members, limits and thresholds of a cluster, for people. */
export function describeCluster(definition: ClusterDefinition): string {
  const { n, f } = definition.committee;
  const report = verifySignatures(definition);
  const signedBy = (name: string): string =>
    report.signed.includes(name) ? 'signed' : report.invalid.includes(name) ? 'NOT VALID' : 'not signed';
  const rows = definition.members.map(({ id, name, publicKey, addresses }) => [
    `  ${id}`,
    name,
    keyFingerprint(publicKey),
    addresses.join(', '),
    signedBy(name),
  ]);
  return [
    `cluster ${definition.name}  epoch ${definition.epoch}  digest ${definition.shortDigest}`,
    `${count(n, 'member')}, ${tolerance(f)}, ${definition.form} delivery, payloads up to ${formatBytes(definition.limits.payloadBytes)}`,
    ...(definition.givenUp.length === 0
      ? []
      : [
          `gives up ${definition.givenUp.join(', ')} of the epoch before, whose old keys are of no use again`,
        ]),
    ...(definition.coinKeys === undefined ? [] : [coinLine(definition)]),
    '',
    table([['  #', 'member', 'key', 'addresses', 'signature'], ...rows]),
    '',
    ...thresholds(definition).map((line) => `  ${line}`),
    '',
    signatureLine(definition),
  ].join('\n');
}

function coinLine({ committee: { n, quorums } }: ClusterDefinition): string {
  return `a common coin for agreements: ${quorums.coin} of ${n} shares show it`;
}

/** Who signed, and who is missing: "signed 3/4, missing: initech". */
export function signatureLine(definition: ClusterDefinition): string {
  const { signed, missing, invalid } = verifySignatures(definition);
  const parts = [`signed ${signed.length}/${definition.members.length}`];
  if (missing.length > 0) parts.push(`missing: ${missing.join(', ')}`);
  if (invalid.length > 0) parts.push(`not valid: ${invalid.join(', ')}`);
  return parts.join(', ');
}

/** Who of the epoch before approved: "approved 2/3, by acme, globex". */
export function approvalLine(before: ClusterDefinition, next: ClusterDefinition): string {
  const { approved, invalid, need } = verifyApprovals(before, next);
  const parts = [`approved ${approved.length}/${need}`];
  if (approved.length > 0) parts.push(`by ${approved.join(', ')}`);
  if (invalid.length > 0) parts.push(`not valid: ${invalid.join(', ')}`);
  return parts.join(', ');
}

/** The thresholds with their arithmetic, one a line. */
export function thresholds(definition: ClusterDefinition): readonly string[] {
  const { n, f, quorums } = definition.committee;
  const ready = [
    `amplify at ${quorums.amplify} READY = f+1: at least one correct member sent it`,
    `deliver at ${quorums.deliver} READY = 2f+1: enough correct ones for everybody to follow`,
  ];
  if (definition.form === 'classic' || f === 0) {
    return [`READY at ${quorums.echo} ECHO = floor((n+f)/2)+1 = floor((${n}+${f})/2)+1`, ...ready];
  }
  return [
    `READY at ${quorums.echoEarly} ECHO = ceil((n+f-1)/2) = ceil((${n}+${f}-1)/2), the sender's own not counted`,
    `deliver early at ${quorums.deliverEarly} ECHO = ceil((n+3f-3)/2) = ceil((${n}+${3 * f}-3)/2), the sender's own not counted`,
    ...ready,
  ];
}

/** The thresholds in half a line. */
export function quorumText({ committee, form }: ClusterDefinition): string {
  const { f, quorums } = committee;
  const echo =
    form === 'classic' || f === 0
      ? `echo ${quorums.echo}`
      : `echo ${quorums.echoEarly} and early delivery ${quorums.deliverEarly} (the sender's own not counted)`;
  return `f=${f}, quorums: ${echo}, amplify ${quorums.amplify}, deliver ${quorums.deliver}`;
}

/** What a cluster is, for programs. `before`: the definition that it follows, if that is known. */
export function clusterObject(
  definition: ClusterDefinition,
  before?: ClusterDefinition,
): Record<string, unknown> {
  const { n, f, quorums } = definition.committee;
  const { signed, missing, invalid } = verifySignatures(definition);
  return {
    name: definition.name,
    epoch: definition.epoch,
    digest: Buffer.from(definition.digest).toString('hex'),
    shortDigest: definition.shortDigest,
    n,
    f,
    broadcast: definition.form,
    limits: definition.limits,
    coin: definition.coinKeys !== undefined,
    quorums,
    members: definition.members.map(({ id, name, publicKey, addresses }) => ({
      id,
      name,
      publicKey: Buffer.from(publicKey).toString('hex'),
      addresses,
    })),
    signed,
    missing,
    invalid,
    ...(definition.previous === undefined
      ? {}
      : { previous: Buffer.from(definition.previous).toString('hex') }),
    ...(definition.givenUp.length === 0 ? {} : { givenUp: definition.givenUp }),
    ...(before === undefined ? {} : { approvals: verifyApprovals(before, definition) }),
  };
}

/** "tolerates 1 Byzantine member". */
export function tolerance(f: number): string {
  return f === 0 ? 'tolerates no Byzantine member' : `tolerates ${count(f, 'Byzantine member')}`;
}

/** A public key for people to compare, in the form of a cluster digest. */
export function keyFingerprint(publicKey: Uint8Array): string {
  return shortDigest(createHash('sha256').update(publicKey).digest());
}
