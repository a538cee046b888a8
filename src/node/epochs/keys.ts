import { access } from 'node:fs/promises';
import { bytesEqual } from '../../base/index.ts';
import type { NodeOptions } from '../api.ts';
import { type ClusterDefinition, notAMember } from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import { Identity, loadIdentity } from '../identity/index.ts';
import { pathOf } from '../options.ts';

/** What the key file of the next epoch is called, beside the present one. */
const NEXT = '.next';

/** The keys that a node may use: its own, and the one that it is to have in the next epoch. */
export class Keys {
  readonly present: Identity;
  readonly #next: Identity | string | undefined;

  private constructor(present: Identity, next: Identity | string | undefined) {
    this.present = present;
    this.#next = next;
  }

  /** @throws QuorumcastError ERR_IDENTITY */
  static async load({
    identity,
    nextIdentity,
  }: Pick<NodeOptions, 'identity' | 'nextIdentity'>): Promise<Keys> {
    const present = identity instanceof Identity ? identity : await loadIdentity(pathOf(identity));
    if (nextIdentity instanceof Identity) return new Keys(present, nextIdentity);
    if (nextIdentity !== undefined) return new Keys(present, pathOf(nextIdentity));
    return new Keys(present, identity instanceof Identity ? undefined : `${pathOf(identity)}${NEXT}`);
  }

  /** The key that this definition has for this member; undefined if it is not here. @throws QuorumcastError ERR_IDENTITY */
  async of(cluster: ClusterDefinition): Promise<Identity | undefined> {
    const member = cluster.memberNamed(this.present.name);
    if (member === undefined) return undefined;
    if (bytesEqual(member.publicKey, this.present.publicKey)) return this.present;
    const next = await this.#load();
    return next !== undefined && bytesEqual(member.publicKey, next.publicKey) ? next : undefined;
  }

  /** Said where `of` finds none. */
  missing(cluster: ClusterDefinition): QuorumcastError {
    const { name } = this.present;
    // The first definition has followed no other one, and no key of this member is to come.
    if (cluster.previous === undefined) return notAMember(cluster, this.present);
    const known = cluster.memberNamed(name) !== undefined;
    const where = typeof this.#next === 'string' ? this.#next : 'the option `nextIdentity`';
    return new QuorumcastError(
      'ERR_NOT_A_MEMBER',
      known
        ? `epoch ${cluster.epoch} has another key for "${name}" than this node`
        : `"${name}" is no member of cluster "${cluster.name}" in epoch ${cluster.epoch}`,
      {
        hint: known
          ? `put its new key file at ${where}; once the epoch has begun it may take the place of the old one`
          : 'use the key file whose card went into this cluster; `quorumcast cluster show` lists the members',
      },
    );
  }

  async #load(): Promise<Identity | undefined> {
    const next = this.#next;
    if (typeof next !== 'string') return next;
    const found = await access(next).then(
      () => true,
      () => false,
    );
    return found ? loadIdentity(next) : undefined;
  }
}
