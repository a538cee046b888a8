import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { QuorumcastError } from '../../src/base/index.ts';
import type { Limits } from '../../src/committee/index.ts';
import type { NodeOptions } from '../../src/node/api.ts';
import {
  type ClusterDefinition,
  initCluster,
  serializeClusterDefinition,
  signCluster,
} from '../../src/node/cluster/index.ts';
import { dealCoin, writeCoinShare } from '../../src/node/coin/index.ts';
import { generateIdentity, type Identity, makeCard, writeIdentity } from '../../src/node/identity/index.ts';
import { type NodeInternals, startNode } from '../../src/node/node.ts';
import type { RunningNode } from '../../src/node/running-node.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Ends something after the test. */
export function afterwards(end: () => unknown): void {
  ends.push(end);
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quorumcast-node-'));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Links that come up and notice things fast enough for tests. */
const LINK_TIMES = { backoffMinMs: 10, backoffMaxMs: 50, lingerMs: 200 };

/** Members with keys, the cluster they signed, and a folder. Nodes of it run in this process, over loopback. */
export class Stage {
  readonly identities: readonly Identity[];
  cluster: ClusterDefinition;
  readonly folder = temporaryFolder();
  /** By member: the file with its share of the coin, once one was dealt. */
  #coins: readonly string[] = [];
  /** Where members really listen, by name. */
  readonly #addresses = new Map<string, readonly string[]>();

  constructor(options: { readonly members?: number; readonly limits?: Partial<Limits> } = {}) {
    const { members = 4, limits = {} } = options;
    this.identities = Array.from({ length: members }, (_, i) => generateIdentity(`p${i}`));
    const cards = this.identities.map((identity, i) => makeCard(identity, [`127.0.0.1:${9 + i}`]));
    let cluster = initCluster(cards, { name: 'stage', limits });
    for (const identity of this.identities) cluster = signCluster(cluster, identity);
    this.cluster = cluster;
  }

  identity(index: number): Identity {
    const identity = this.identities[index];
    if (identity === undefined) throw new Error(`no member ${index}`);
    return identity;
  }

  /** Deals a common coin: the definition is another one, signed by all, and each member has its share in a file. */
  async deal(): Promise<this> {
    const { definition, shares } = await dealCoin(this.cluster.unsigned());
    this.cluster = this.identities.reduce(signCluster, definition);
    this.#coins = shares.map(({ name }) => join(this.folder, `${name}.coin`));
    for (const [index, path] of this.#coins.entries()) {
      const share = shares[index];
      if (share !== undefined) await writeCoinShare(share, path);
    }
    return this;
  }

  /** The options that a node of this member needs: in memory, on a free port. */
  options(index: number): NodeOptions {
    const coin = this.#coins[index];
    return {
      ...(coin === undefined ? {} : { coin }),
      cluster: this.cluster,
      identity: this.identity(index),
      listen: '127.0.0.1:0',
      dataDir: false,
    };
  }

  /** Starts one member; it is closed after the test. */
  async start(
    index: number,
    options: Partial<NodeOptions> = {},
    internals: NodeInternals = {},
  ): Promise<RunningNode> {
    const node = await startNode(
      { ...this.options(index), ...options },
      { linkTimes: LINK_TIMES, addressOverrides: this.#addresses, ...internals },
    );
    afterwards(() => node.close({ timeoutMs: 2_000 }));
    this.#addresses.set(node.name, [node.address]);
    return node;
  }

  /** Starts all members, or those given, and waits until they are all connected. */
  async startAll(
    options: Partial<NodeOptions> | ((index: number) => Partial<NodeOptions>) = {},
    indices: readonly number[] = this.identities.map((_, i) => i),
  ): Promise<readonly [RunningNode, ...RunningNode[]]> {
    const nodes: RunningNode[] = [];
    // The lower number dials: whoever is dialled is there first.
    for (const index of indices.toReversed()) {
      nodes.unshift(await this.start(index, typeof options === 'function' ? options(index) : options));
    }
    await until(() => nodes.every((node) => connected(node) === nodes.length - 1));
    const [first, ...rest] = nodes;
    if (first === undefined) throw new Error('nobody was started');
    return [first, ...rest];
  }

  /** Writes the definition and one key to files, and gives their paths. */
  async writeFiles(index: number): Promise<{ readonly cluster: string; readonly identity: string }> {
    const cluster = join(this.folder, 'cluster.json');
    const identity = join(this.folder, `p${index}.key`);
    writeFileSync(cluster, serializeClusterDefinition(this.cluster));
    await writeIdentity(this.identity(index), identity);
    return { cluster, identity };
  }
}

/** A node that is a quorum by itself: it delivers at once. */
export async function alone(
  options: Partial<NodeOptions> = {},
  limits: Partial<Limits> = {},
): Promise<RunningNode> {
  return new Stage({ members: 1, limits }).start(0, options);
}

export function connected(node: RunningNode): number {
  return node.peers().filter((peer) => peer.connected).length;
}

/** Polls until a condition holds; the test fails after ten seconds. */
export async function until(condition: () => boolean, limitMs = 10_000): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > limitMs) expect.fail(`not within ${limitMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The error that a call fails with, by throwing or by rejecting. */
export async function errorOf(act: () => unknown): Promise<QuorumcastError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof QuorumcastError) return error;
    throw error;
  }
  return expect.fail('it did not fail');
}

/** The texts of the next `count` deliveries. */
export async function take(
  deliveries: AsyncIterable<{ readonly text: () => string }>,
  count: number,
): Promise<string[]> {
  const texts: string[] = [];
  for await (const delivery of deliveries) {
    texts.push(delivery.text());
    if (texts.length === count) break;
  }
  return texts;
}

/** Collects what the process is warned of, and what nobody handled, until the test ends. */
export function watchProcess(): { readonly warnings: Error[]; readonly unhandled: unknown[] } {
  const seen = { warnings: [] as Error[], unhandled: [] as unknown[] };
  const onWarning = (warning: Error): void => void seen.warnings.push(warning);
  const onUnhandled = (reason: unknown): void => void seen.unhandled.push(reason);
  process.on('warning', onWarning);
  process.on('unhandledRejection', onUnhandled);
  afterwards(() => {
    process.off('warning', onWarning);
    process.off('unhandledRejection', onUnhandled);
  });
  return seen;
}

/** A few turns of the event loop: what is to be reported as unhandled has been. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
