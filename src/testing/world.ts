import { onAbort, type Signal } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import { PayloadHasher, portableSha256 } from '../crypto/index.ts';
import type { Participant } from '../member/index.ts';
import { ADVERSARIES, Host, type Lie, Network, type Turn } from '../simulator/index.ts';
import { VirtualAgreements } from './agreements.ts';
import type { TestClusterPlan } from './options.ts';

/** Virtual milliseconds between two ticks. */
export const TICK_MS = 50;
/** Ticks without news after which nothing more is expected: members ask again after 20, then after 40 more. */
const PATIENCE_TICKS = 64;
/** A missing payload is asked for from one member after another, four ticks each. */
const PATIENCE_TICKS_PER_MEMBER = 4;
/** The same while nothing is open anywhere: one tick to say how far everybody is, and one more. */
const IDLE_TICKS = 2;

const EPOCH = 1;

/** How a wait ended: what was waited for, nothing more to happen, the caller's signal, or the end of the cluster. */
export type Outcome = 'done' | 'rest' | 'aborted' | 'closed';

/** An own message on its way into the member. */
export interface Submission {
  readonly payload: Uint8Array;
  /** Its number, once the member has taken it. */
  seq: number | undefined;
}

/** What a world asks and tells of its members. */
export interface WorldListener {
  turn(id: NodeId, turn: Turn): void;
  /** Gives up what waits to be submitted. */
  takeSubmissions(id: NodeId): readonly Submission[];
}

/** Hosts, links and virtual time. Nothing moves but by `advance`, and whoever waits calls it. */
export class World {
  readonly plan: TestClusterPlan;
  readonly #hosts: readonly Host[];
  readonly #network: Network;
  readonly agreements: VirtualAgreements;
  readonly #listener: WorldListener;
  readonly #crashed = new Set<NodeId>();
  readonly #cut = new Set<string>();
  readonly #linked = new Set<string>();
  readonly lies: (Lie & { readonly liar: NodeId })[] = [];
  #ticks = 0;
  #quietTicks = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  #woken: Promise<void> | undefined;

  constructor(plan: TestClusterPlan, listener: WorldListener) {
    this.plan = plan;
    this.#listener = listener;
    const { committee, seed } = plan;
    this.#hosts = committee.ids.map((self) => this.#makeHost(self));
    this.#network = new Network(this.#hosts, committee.ids, seed, (id, turn) => this.#onTurn(id, turn));
    this.agreements = new VirtualAgreements(plan);
    this.relink();
  }

  get ticks(): number {
    return this.#ticks;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Messages under way, as frames. */
  get inFlight(): number {
    return this.#network.inFlight;
  }

  host(id: NodeId): Host {
    const host = this.#hosts[id];
    if (host === undefined) throw new RangeError(`no member ${id}`);
    return host;
  }

  isCrashed(id: NodeId): boolean {
    return this.#crashed.has(id);
  }

  isLinked(a: NodeId, b: NodeId): boolean {
    return this.#linked.has(pairOf(a, b));
  }

  /** Why a peer is not linked, in words; undefined while it is. */
  away(self: NodeId, peer: NodeId): string | undefined {
    if (this.isLinked(self, peer)) return undefined;
    return this.isCrashed(peer) ? 'crashed' : 'cut off';
  }

  cut(a: NodeId, b: NodeId, isCut: boolean): void {
    if (isCut) this.#cut.add(pairOf(a, b));
    else this.#cut.delete(pairOf(a, b));
  }

  crash(id: NodeId): void {
    this.#crashed.add(id);
    this.relink();
  }

  restart(id: NodeId): void {
    this.host(id).restart();
    this.agreements.restart(id);
    this.#crashed.delete(id);
    this.relink();
  }

  /** Brings links up and down as crashes and cuts have it. */
  relink(): void {
    const { ids } = this.plan.committee;
    for (const a of ids) {
      for (const b of ids) {
        if (a >= b) continue;
        const pair = pairOf(a, b);
        const linked = !this.#cut.has(pair) && !this.#crashed.has(a) && !this.#crashed.has(b);
        if (linked === this.#linked.has(pair)) continue;
        if (linked) {
          this.#linked.add(pair);
          this.#network.connect(a, b);
          this.agreements.connect(a, b);
        } else {
          this.#linked.delete(pair);
          this.#network.disconnect(a, b);
          this.agreements.disconnect(a, b);
        }
      }
    }
    this.touch();
  }

  close(): void {
    this.#closed = true;
    this.touch();
  }

  /** Something changed from outside: whoever waits looks again. */
  touch(): void {
    this.#quietTicks = 0;
    this.#wake?.();
    this.#wake = undefined;
    this.#woken = undefined;
  }

  /** Resolves at the next `touch`, or delivery, or when `signal` fires. */
  async park(signal: Signal | undefined): Promise<void> {
    this.#woken ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    if (signal === undefined) return this.#woken;
    const release = onAbort(signal, () => this.touch());
    await this.#woken;
    release();
  }

  /** Hands over what waits at the nodes, then one message, then lets time pass. False: nothing more is to come. */
  advance(): boolean {
    if (this.#submitAll() || this.#network.step() || this.agreements.step()) return true;
    if (this.#closed || this.#quietTicks >= this.#patience()) return false;
    this.#tick();
    return true;
  }

  /** Hands over what waits at the nodes, and one message if there is any under way. */
  step(): boolean {
    this.#submitAll();
    return this.#network.step() || this.agreements.step();
  }

  /** Lets one tick pass, after everything under way has arrived. */
  passTick(): void {
    while (this.step());
    this.#tick();
  }

  /** Runs until `done`, letting everybody else go on in between. */
  async until(done: () => boolean, signal?: Signal): Promise<Outcome> {
    for (;;) {
      // Whoever is ready to act does so first: calls made at once go into one turn.
      await undefined;
      if (done()) return 'done';
      if (signal?.aborted === true) return 'aborted';
      if (this.#closed) return 'closed';
      if (!this.advance()) return 'rest';
    }
  }

  #submitAll(): boolean {
    let some = false;
    for (const id of this.plan.committee.ids) {
      if (this.#crashed.has(id)) continue;
      const submissions = this.#listener.takeSubmissions(id);
      if (submissions.length === 0) continue;
      some = true;
      this.#quietTicks = 0;
      const submit = (member: Participant): readonly [] => {
        for (const submission of submissions) submission.seq = member.submit(submission.payload);
        return [];
      };
      this.#network.turn(id, (host) => host.turn(submit));
    }
    return some;
  }

  #tick(): void {
    this.#ticks += 1;
    this.#quietTicks += 1;
    for (const id of this.plan.committee.ids) {
      if (this.#crashed.has(id)) continue;
      this.#network.turn(id, (host) => host.turn((member) => member.tick()));
      this.agreements.tick(id);
    }
  }

  /** Ticks to wait for news. Members ask again by themselves, ever more seldom, while something is open. */
  #patience(): number {
    const { n } = this.plan.committee;
    const busy = this.#hosts.some(({ member }) => {
      const streams = member.streams();
      return member.pending.messages > 0 || streams.some(({ open, behind }) => open > 0 || behind > 0);
    });
    return busy || this.agreements.busy ? PATIENCE_TICKS + PATIENCE_TICKS_PER_MEMBER * n : IDLE_TICKS;
  }

  #onTurn(id: NodeId, turn: Turn): void {
    this.#listener.turn(id, turn);
    if (turn.delivered.length > 0 || turn.faults.length > 0) this.touch();
  }

  #makeHost(self: NodeId): Host {
    const { committee, form, limits, validate, byzantine } = this.plan;
    const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
    const name = byzantine.get(self);
    const report = (lie: Lie): void => {
      this.lies.push({ ...lie, liar: self });
    };
    return new Host({
      epoch: EPOCH,
      member: { committee, self, form, limits, hasher, ...(validate === undefined ? {} : { validate }) },
      ...(name === undefined
        ? {}
        : {
            corrupt: (honest) => ADVERSARIES[name].make({ committee, self, hasher, honest, report }),
          }),
    });
  }
}

function pairOf(a: NodeId, b: NodeId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
