import { createHash } from 'node:crypto';
import { fromHex, toHex } from '../../base/index.ts';
import { Committee, type Limits, type NodeId } from '../../committee/index.ts';
import { canonicalJson } from '../identity/index.ts';
import type { ClusterFile } from './schema.ts';
import { shortDigest } from './short-digest.ts';

/** Which rule of delivery the members follow: `docs/protocols/bracha.md`. */
export type BroadcastForm = 'early' | 'classic';

/** One member as the cluster definition names it. */
export interface ClusterMember {
  readonly id: NodeId;
  readonly name: string;
  /** Raw Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** HOST:PORT each, at least one, to be tried in turn. */
  readonly addresses: readonly string[];
}

const DOMAIN = 'quorumcast/cluster/1\0';

/**
 * Who takes part in a cluster and by which rules; the same for all members, or they do not talk to each other.
 * Immutable. Made by `parseClusterDefinition` and `initCluster`, which check it.
 */
export class ClusterDefinition {
  readonly name: string;
  readonly epoch: number;
  /** The digest of the definition that this one follows while the cluster runs; undefined if it follows none. */
  readonly previous: Uint8Array | undefined;
  /** Names of members of the epoch before that are gone: it ends without them. In order. */
  readonly givenUp: readonly string[];
  readonly form: BroadcastForm;
  readonly limits: Limits;
  /** If a common coin was dealt: the public key of each member's share, 96 bytes, by NodeId. */
  readonly coinKeys: readonly Uint8Array[] | undefined;
  readonly committee: Committee;
  /** By NodeId: the order in the file. */
  readonly members: readonly ClusterMember[];
  /** SHA-256, 32 bytes, over all of it but the signatures: `docs/cluster.md`. */
  readonly digest: Uint8Array;
  /** The first 60 bits of `digest`, for people: 7Q4K-M2XD-9TVA. */
  readonly shortDigest: string;
  /** By member name; 64 bytes each. Not judged here: `verifySignatures`. */
  readonly signatures: ReadonlyMap<string, Uint8Array>;
  /** By the name of a member of the epoch before; 64 bytes each. Not judged here: `verifyApprovals`. */
  readonly approvals: ReadonlyMap<string, Uint8Array>;
  readonly #file: ClusterFile;
  readonly #idsByKey: ReadonlyMap<string, NodeId>;

  /** `file`: checked, with names, keys and addresses unique. @throws RangeError if n < 3f+1. */
  constructor(file: ClusterFile) {
    this.#file = file;
    this.name = file.name;
    this.epoch = file.epoch;
    this.previous = file.previous === undefined ? undefined : fromHex(file.previous);
    this.givenUp = Object.freeze([...(file.givenUp ?? [])].sort());
    this.form = file.broadcast;
    this.limits = Object.freeze({ ...file.limits });
    this.coinKeys = file.coin?.keys.map((key) => fromHex(key) ?? NOTHING);
    this.committee = new Committee(file.members.length, file.faulty);
    this.members = file.members.map(({ name, publicKey, addresses }, index) =>
      Object.freeze({
        id: this.committee.member(index),
        name,
        publicKey: fromHex(publicKey) ?? new Uint8Array(0),
        addresses: Object.freeze([...addresses]),
      }),
    );
    this.#idsByKey = new Map(this.members.map(({ publicKey, id }) => [toHex(publicKey), id]));
    this.digest = new Uint8Array(createHash('sha256').update(DOMAIN).update(this.canonical()).digest());
    this.shortDigest = shortDigest(this.digest);
    const names = this.members.map(({ name }) => name).filter((name) => Object.hasOwn(file.signatures, name));
    this.signatures = new Map(names.map((name) => [name, fromHex(file.signatures[name] ?? '') ?? NOTHING]));
    const approvers = Object.keys(file.approvals).sort();
    this.approvals = new Map(approvers.map((name) => [name, fromHex(file.approvals[name] ?? '') ?? NOTHING]));
  }

  /** The member of this number. The number is one of this committee's. */
  member(id: NodeId): ClusterMember {
    const member = this.members[id];
    if (member === undefined) throw new RangeError(`no member ${id} in a cluster of ${this.members.length}`);
    return member;
  }

  /** The member of this name; undefined if there is none. */
  memberNamed(name: string): ClusterMember | undefined {
    return this.members.find((member) => member.name === name);
  }

  /** The member that owns this raw public key; undefined if none does. */
  memberWithKey(publicKey: Uint8Array): ClusterMember | undefined {
    const id = this.#idsByKey.get(toHex(publicKey));
    return id === undefined ? undefined : this.members[id];
  }

  /** The text that `digest` covers: canonical JSON of all but signatures and approvals, defaults filled in. */
  canonical(): string {
    const { signatures: _signatures, approvals: _approvals, previous, givenUp, coin, ...signed } = this.#file;
    return canonicalJson({
      ...signed,
      ...(previous === undefined ? {} : { previous }),
      ...(givenUp === undefined ? {} : { givenUp: this.givenUp }),
      ...(coin === undefined ? {} : { coin }),
    });
  }

  /** The same cluster with one more signature, or another one of that member. */
  withSignature(name: string, signature: Uint8Array): ClusterDefinition {
    const signatures = { ...this.#file.signatures, [name]: toHex(signature) };
    return new ClusterDefinition({ ...this.#file, signatures });
  }

  /** The same cluster, approved by one more member of the epoch before. */
  withApproval(name: string, approval: Uint8Array): ClusterDefinition {
    const approvals = { ...this.#file.approvals, [name]: toHex(approval) };
    return new ClusterDefinition({ ...this.#file, approvals });
  }

  /** The same cluster with a common coin: `keys` as of `coinKeys`. Another digest, and hence no signatures. */
  withCoin(keys: readonly Uint8Array[]): ClusterDefinition {
    const coin = { kind: 'bls12-381' as const, keys: keys.map(toHex) };
    return new ClusterDefinition({ ...this.#file, coin, signatures: {}, approvals: {} });
  }

  /** The same cluster, signed and approved by nobody. */
  unsigned(): ClusterDefinition {
    return new ClusterDefinition({ ...this.#file, signatures: {}, approvals: {} });
  }

  /** The contents of a cluster file, with every default written out. */
  toJSON(): Omit<ClusterFile, 'approvals'> & Partial<Pick<ClusterFile, 'approvals'>> {
    const { signatures, approvals, ...rest } = this.#file;
    const inOrder = [...this.signatures.keys()].map((name) => [name, signatures[name] ?? ''] as const);
    const file = { ...rest, signatures: Object.fromEntries(inOrder) };
    if (this.approvals.size === 0) return file;
    const approved = [...this.approvals.keys()].map((name) => [name, approvals[name] ?? ''] as const);
    return { ...file, approvals: Object.fromEntries(approved) };
  }
}

const NOTHING = new Uint8Array(0);
