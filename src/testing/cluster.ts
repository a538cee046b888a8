import { assert, decodeUtf8, UsageError } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Lie } from '../simulator/index.ts';
import type { TestClusterInfo, TestNode } from './api.ts';
import { VirtualNode } from './node.ts';
import { memberOf, planOf, type TestClusterOptions } from './options.ts';
import { clusterInfo } from './views.ts';
import { TICK_MS, World } from './world.ts';

/**
 * A cluster in virtual time: the members and the wire format are the real ones, the network is simulated, and no
 * socket, file or clock is touched. With the same seed the same calls give the same run.
 *
 * Nothing happens by itself. Time passes, and messages travel, only while somebody waits: for `broadcast`,
 * `delivered`, the next of `deliveries`, `settle` or `run`. A wait for what can no longer happen fails at once and
 * says why, so a test cannot hang on it.
 *
 * ```ts
 * const cluster = await createTestCluster({ n: 4, f: 1, seed: 7 });
 * await cluster.nodes[0].broadcast('hi');
 * assert.deepEqual(await cluster.deliveredTexts(), ['hi', 'hi', 'hi', 'hi']);
 * ```
 *
 * @throws UsageError for options that make no sense; RangeError, with the arithmetic, for an impossible n and f.
 */
export async function createTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  return new TestCluster(options);
}

/** Made by `createTestCluster`. Members are named by their number, 0 to n-1. */
export class TestCluster implements AsyncDisposable {
  readonly info: TestClusterInfo;
  /** By number. */
  readonly nodes: readonly [TestNode, ...TestNode[]];
  readonly #world: World;
  readonly #nodes: readonly VirtualNode[];

  /** @throws as `createTestCluster` */
  constructor(options: TestClusterOptions) {
    const plan = planOf(options);
    const nodes: VirtualNode[] = [];
    this.#world = new World(plan, {
      turn: (id, turn) => nodes[id]?.onTurn(turn),
      takeSubmissions: (id) => nodes[id]?.takeSubmissions() ?? [],
    });
    for (const id of plan.committee.ids) nodes.push(new VirtualNode(id, this.#world));
    const [first, ...rest] = nodes;
    assert(first !== undefined, 'a cluster has a member');
    this.nodes = [first, ...rest];
    this.#nodes = nodes;
    this.info = clusterInfo(plan);
    // Links are up before the caller sees the cluster, as those of a node that is ready.
    while (this.#world.advance());
  }

  /** Virtual milliseconds since the start, in steps of 50. */
  get nowMs(): number {
    return this.#world.ticks * TICK_MS;
  }

  /** What the Byzantine members did that no correct one does, in words, in order. */
  get lies(): readonly (Lie & { readonly liar: NodeId })[] {
    return this.#world.lies;
  }

  /** The node of this number. @throws UsageError if there is none */
  node(number: number): TestNode {
    const node = this.#nodes[this.#member(number)];
    assert(node !== undefined, 'a node for every member');
    return node;
  }

  /**
   * Settles, and gives the texts that the correct members that run have delivered: all of the first one, in its
   * order, then all of the next.
   */
  async deliveredTexts(): Promise<string[]> {
    await this.settle();
    const { byzantine } = this.#world.plan;
    return this.#nodes
      .filter(({ id }) => !byzantine.has(id) && !this.#world.isCrashed(id))
      .flatMap((node) => node.delivered.map(({ payload }) => decodeUtf8(payload)));
  }

  /** Runs until nothing more happens: everything under way has arrived, and nobody asks again with success. */
  async settle(): Promise<void> {
    this.#requireOpen();
    await this.#world.until(() => false);
  }

  /**
   * Lets `forMs` virtual milliseconds pass, rounded up to a multiple of 50; without `forMs`, settles. What is under
   * way arrives before time goes on.
   */
  async run(forMs?: number): Promise<void> {
    if (forMs === undefined) return this.settle();
    if (!(forMs >= 0 && Number.isFinite(forMs))) {
      throw new UsageError(`run takes milliseconds, 0 or more, not ${forMs}`);
    }
    this.#requireOpen();
    const until = this.#world.ticks + Math.ceil(forMs / TICK_MS);
    await undefined;
    while (this.#world.ticks < until) {
      this.#world.passTick();
      await undefined;
    }
    while (this.#world.step());
  }

  /** Hands over one message under way, chosen by the seed. False: there is none. No time passes. */
  step(): boolean {
    this.#requireOpen();
    return this.#world.step();
  }

  /** Cuts two members off from each other; what is under way between them is lost. */
  disconnect(a: number, b: number): void {
    this.#setCut(a, b, true);
    this.#world.relink();
  }

  /** Undoes `disconnect`. */
  connect(a: number, b: number): void {
    this.#setCut(a, b, false);
    this.#world.relink();
  }

  /**
   * Lets members talk within these groups only, whatever was cut or connected before. Members in no group are one
   * of their own. @throws UsageError if a member is in two
   */
  partition(groups: readonly (readonly number[])[]): void {
    this.#requireOpen();
    const groupOf = new Map<number, number>();
    for (const [index, group] of groups.entries()) {
      for (const number of group) {
        const id = this.#member(number);
        if (groupOf.has(id)) throw new UsageError(`member ${id} is in two groups`);
        groupOf.set(id, index);
      }
    }
    this.#eachPair((a, b) => this.#world.cut(a, b, groupOf.get(a) !== groupOf.get(b)));
    this.#world.relink();
  }

  /** Ends all partitions and cuts. Crashed members stay down. */
  heal(): void {
    this.#requireOpen();
    this.#eachPair((a, b) => this.#world.cut(a, b, false));
    this.#world.relink();
  }

  /**
   * Stops a node as `kill -9` does: what was accepted, delivered or acknowledged stays, everything else is gone.
   * Its readers end and its waiting calls fail with ERR_CLOSED.
   */
  crash(number: number): void {
    const id = this.#member(number);
    if (this.#world.isCrashed(id)) throw new UsageError(`member ${id} is down already`);
    this.#nodes[id]?.stop();
    this.#world.crash(id);
  }

  /** Starts a crashed node from what was durable. The same object works again. */
  restart(number: number): void {
    const id = this.#member(number);
    if (!this.#world.isCrashed(id)) throw new UsageError(`member ${id} runs: crash it first`);
    this.#world.restart(id);
  }

  /** Ends everything: readers end, waiting calls fail with ERR_CLOSED. Idempotent. */
  async close(): Promise<void> {
    if (this.#world.closed) return;
    for (const node of this.#nodes) node.stop();
    this.#world.close();
  }

  /** As `close`, for `await using` where the runtime has it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #member(number: number): NodeId {
    this.#requireOpen();
    return memberOf(this.#world.plan.committee, number);
  }

  #setCut(a: number, b: number, cut: boolean): void {
    const [one, other] = [this.#member(a), this.#member(b)];
    if (one === other) throw new UsageError(`member ${a} is always connected to itself`);
    this.#world.cut(one, other, cut);
  }

  #eachPair(act: (a: NodeId, b: NodeId) => void): void {
    const { ids } = this.#world.plan.committee;
    for (const a of ids) for (const b of ids) if (a < b) act(a, b);
  }

  #requireOpen(): void {
    if (this.#world.closed) throw new UsageError('this cluster is closed');
  }
}
