import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { freeRow } from '../../src/cli/ports.ts';
import type { NodeOptions } from '../../src/node/api.ts';
import {
  approveCluster,
  type ClusterDefinition,
  initCluster,
  type NextClusterOptions,
  nextCluster,
  signCluster,
} from '../../src/node/cluster/index.ts';
import { type EpochNode, startEpochNode } from '../../src/node/epochs/index.ts';
import { generateIdentity, type Identity, makeCard } from '../../src/node/identity/index.ts';
import { until } from '../node/kit.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export const LINK_TIMES = { backoffMinMs: 10, backoffMaxMs: 50, lingerMs: 200 };

/** Members that go from epoch to epoch in this process, over loopback, at the addresses that their definition names. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'quorumcast-epochs-'));
  readonly before: ClusterDefinition;
  readonly #keys = new Map<string, Identity>();

  private constructor(names: readonly string[], ports: readonly number[]) {
    ends.push(() => rmSync(this.folder, { recursive: true, force: true }));
    const cards = names.map((name, i) => makeCard(this.key(name), [`127.0.0.1:${ports[i]}`]));
    let cluster = initCluster(cards, { name: 'stage' });
    for (const name of names) cluster = signCluster(cluster, this.key(name));
    this.before = cluster;
  }

  static async make(names: readonly string[]): Promise<Stage> {
    return new Stage(names, await freePorts(names.length));
  }

  /** The key of this name, made at the first call. */
  key(name: string): Identity {
    const known = this.#keys.get(name) ?? generateIdentity(name);
    this.#keys.set(name, known);
    return known;
  }

  card(name: string, address: string): ReturnType<typeof makeCard> {
    return makeCard(this.key(name), [address]);
  }

  /** A definition that follows, complete. `keys`: those that sign it in place of the present ones. */
  next(changes: NextClusterOptions, keys: readonly Identity[] = [], before = this.before): ClusterDefinition {
    let next = nextCluster(before, changes);
    for (const { name } of next.members) {
      next = signCluster(next, keys.find((identity) => identity.name === name) ?? this.key(name));
    }
    for (const { name } of before.members) next = approveCluster(before, next, this.key(name));
    return next;
  }

  async start(name: string, options: Partial<NodeOptions> = {}): Promise<EpochNode> {
    const node = await startEpochNode(
      { cluster: this.before, identity: this.key(name), dataDir: join(this.folder, name), ...options },
      { linkTimes: LINK_TIMES },
    );
    ends.push(() => node.close({ timeoutMs: 2_000 }));
    return node;
  }
}

/**
 * Ports of loopback that nobody listens on. Not those that the system gives to whoever asks for any, to the tests that run
 * beside this one among them: one that is free for a moment, while its node starts again, would be taken.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const first = await freeRow(randomInt(10_000, 30_000), count);
  if (first === undefined) throw new Error('no free ports');
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The members of a `Scene`. */
export const NAMES = ['p0', 'p1', 'p2', 'p3'];

/** Four nodes that are linked with each other. */
export interface Scene {
  readonly stage: Stage;
  readonly nodes: readonly [EpochNode, EpochNode, EpochNode, EpochNode];
}

export async function scene(): Promise<Scene> {
  const stage = await Stage.make(NAMES);
  const [p0, p1, p2, p3] = await Promise.all(NAMES.map((name) => stage.start(name)));
  if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined) throw new Error('four');
  const nodes = [p0, p1, p2, p3] as const;
  await until(() => nodes.every((node) => node.state === 'ready'));
  return { stage, nodes };
}

export const addressesOf = (stage: Stage, name: string): readonly string[] =>
  stage.before.memberNamed(name)?.addresses ?? [];

/** The same members in the next epoch, with an address more. */
export const moved = (stage: Stage): ReturnType<Stage['next']> =>
  stage.next({ addresses: new Map([['p1', [...addressesOf(stage, 'p1'), '127.0.0.1:9']]]) });
