import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { Limits } from '../../src/committee/index.ts';
import {
  generateIdentity,
  type Identity,
  initCluster,
  makeCard,
  serializeClusterDefinition,
  signCluster,
  writeIdentity,
} from '../../src/node/index.ts';
import { Member } from './member.ts';
import type { Setup } from './orders.ts';

/** How long anything may take that only has to happen: a busy machine is slow, a broken cluster is slower. */
export const DEADLINE_MS = 45_000;
const POLL_MS = 25;

/** What a test says of its cluster. */
export interface ClusterOptions {
  readonly members?: number;
  readonly limits?: Partial<Limits>;
  /** How all members start. */
  readonly setup?: Partial<Setup>;
  /** Names of members of which the others may complain. */
  readonly liars?: readonly string[];
}

/** Four members with keys and a folder each, none of them started. All ends with the test, and is judged then. */
export class Cluster {
  readonly dir: string;
  readonly clusterFile: string;
  readonly members: readonly Member[];
  readonly identities: readonly Identity[];
  readonly #liars: ReadonlySet<string>;

  private constructor(
    dir: string,
    identities: readonly Identity[],
    ports: readonly number[],
    options: ClusterOptions,
  ) {
    this.dir = dir;
    this.identities = identities;
    this.#liars = new Set(options.liars);
    const cards = identities.map((identity, id) => makeCard(identity, [`127.0.0.1:${ports[id]}`]));
    let definition = initCluster(cards, { name: 'process-test', limits: options.limits ?? {} });
    for (const identity of identities) definition = signCluster(definition, identity);
    this.clusterFile = join(dir, 'cluster.json');
    writeFileSync(this.clusterFile, serializeClusterDefinition(definition));
    this.members = identities.map(({ name }, id) => {
      const setup = {
        clusterFile: this.clusterFile,
        keyFile: join(dir, `${name}.key`),
        dataDir: join(dir, name),
        ...options.setup,
      };
      return new Member(id, name, ports[id] ?? 0, setup);
    });
  }

  static async make(options: ClusterOptions = {}): Promise<Cluster> {
    const dir = mkdtempSync(join(tmpdir(), 'quorumcast-process-'));
    const identities = Array.from({ length: options.members ?? 4 }, (_, id) => generateIdentity(`p${id}`));
    const ports = await freePorts(identities.length);
    const cluster = new Cluster(dir, identities, ports, options);
    onTestFinished(() => cluster.#end());
    for (const identity of identities) await writeIdentity(identity, join(dir, `${identity.name}.key`));
    return cluster;
  }

  /** As `make`, with everybody started and connected to everybody. */
  static async running(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = await Cluster.make(options);
    await Promise.all(cluster.members.map((member) => member.start()));
    await cluster.connected();
    return cluster;
  }

  member(id: number): Member {
    const member = this.members[id];
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  get alive(): readonly Member[] {
    return this.members.filter((member) => member.alive);
  }

  /** Polls until `condition` holds; else the test fails, with the state of every member. */
  async until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    limitMs = DEADLINE_MS,
  ): Promise<void> {
    const start = performance.now();
    while (!(await condition())) {
      if (performance.now() - start > limitMs) {
        expect.fail(`not within ${limitMs} ms: ${what}\n${await this.describe()}`);
      }
      await pause(POLL_MS);
    }
  }

  /** Waits until each of these has a link to each other one. */
  connected(among: readonly Member[] = this.alive): Promise<void> {
    return this.until(`${among.map(({ name }) => name)} connected`, async () => {
      const statuses = await Promise.all(among.map((member) => member.status()));
      return statuses.every(({ peers }) => among.every(({ name }) => !peers.missing.includes(name)));
    });
  }

  /**
   * Waits until these have delivered every message that any member acknowledged, and equally many; then compares
   * what stands in their logs. Returns the number of messages. By default all that run and do not lie.
   */
  async agreed(among: readonly Member[] = this.alive.filter(({ liar }) => !liar)): Promise<number> {
    await this.until('everything acknowledged is delivered, everywhere the same number', async () => {
      const statuses = await Promise.all(among.map((member) => member.status()));
      const counts = statuses.map(({ streams }) => streams.map(({ delivered }) => delivered));
      // What a stream has delivered is durable, and in the log, a moment later.
      const durable = statuses.every(({ delivered }, i) => delivered === sum(counts[i] ?? []));
      return (
        durable &&
        counts.every((of) =>
          of.every(
            (delivered, sender) =>
              delivered === counts[0]?.[sender] && delivered >= this.member(sender).lastAccepted,
          ),
        )
      );
    });
    const logs = await Promise.all(among.map((member) => member.log()));
    for (const [index, log] of logs.entries()) {
      expect(log, `the log of ${among[index]?.name} beside that of ${among[0]?.name}`).toEqual(logs[0]);
    }
    for (const { id, accepted } of this.members) {
      for (const [seq, digest] of accepted) expect(logs[0]?.[id]?.[seq - 1], `p${id}#${seq}`).toBe(digest);
    }
    return sum(logs[0]?.map(({ length }) => length) ?? []);
  }

  /** The state of every member, for whoever reads of a failure. */
  async describe(): Promise<string> {
    return (await Promise.all(this.members.map((member) => member.describe()))).join('\n');
  }

  /** Ends all processes; then nobody may have complained, and no process may have ended by itself. */
  async #end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    rmSync(this.dir, { recursive: true, force: true });
    for (const member of this.members) {
      expect(member.failures(this.#liars), `${member.name}'s processes`).toEqual([]);
    }
  }
}

/**
 * Ports that nobody listens on. Below those that the system itself gives out: there a member that is down could
 * find its own taken, by any outgoing connection.
 */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
