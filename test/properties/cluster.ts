import { Prng } from '../../src/base/index.ts';
import type { BroadcastForm } from '../../src/broadcast/index.ts';
import { batchBytesMax, messagesOf } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, type Limits, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import type { Member } from '../../src/member/index.ts';
import { ADVERSARIES, type AdversaryName, Host, Network, type Turn } from '../../src/simulator/index.ts';
import { Chaos } from './chaos.ts';

/** A run of whole members over simulated links and disks. */
export interface ClusterScenario {
  readonly n: number;
  readonly f: number;
  readonly form: BroadcastForm;
  readonly limits: Partial<Limits>;
  readonly adversary: AdversaryName | 'chaos';
  readonly rounds: number;
  readonly seed: number;
}

/** Message by message what one member delivered, by sender. */
type Log = readonly (readonly string[])[];

const EPOCH = 7;
/** A run has converged once all correct members agree for so long. */
const CALM_TICKS = 40;
/** Beyond twice the longest pause between two requests to send again, nothing more is to be hoped for. */
const HEALING_TICKS_MAX = 3_000;

/** Plays a scenario through trouble and healing; returns what went wrong, in words. */
export function playCluster(scenario: ClusterScenario): string[] {
  const cluster = new Cluster(scenario);
  for (let round = 0; round < scenario.rounds; round += 1) cluster.round();
  cluster.heal();
  return cluster.verdict();
}

class Cluster {
  readonly #prng: Prng;
  readonly #committee: Committee;
  readonly #limits: Limits;
  readonly #correct: readonly NodeId[];
  readonly #hosts: readonly Host[];
  readonly #network: Network;
  readonly #pairs: (readonly [NodeId, NodeId])[] = [];
  readonly #submitted: string[][];
  readonly #log: string[][][];
  readonly #found = new Set<string>();

  constructor(scenario: ClusterScenario) {
    this.#prng = new Prng(scenario.seed);
    const committee = new Committee(scenario.n, scenario.f);
    this.#committee = committee;
    this.#limits = { ...LIMITS_DEFAULT, ...scenario.limits };
    // Any f of them, so that low and high ids, which dial and which accept, lie alike.
    const faulty = new Set<NodeId>();
    while (faulty.size < scenario.f) faulty.add(this.#prng.pick(committee.ids));
    this.#correct = committee.ids.filter((id) => !faulty.has(id));
    const hasher = new PayloadHasher(portableSha256, new Uint8Array(32).fill(EPOCH));
    this.#hosts = committee.ids.map((self) => {
      const member = { committee, self, form: scenario.form, limits: this.#limits, hasher };
      const corrupt = faulty.has(self) ? this.#corrupt(scenario.adversary, self, hasher) : undefined;
      return new Host(corrupt === undefined ? { member, epoch: EPOCH } : { member, epoch: EPOCH, corrupt });
    });
    this.#submitted = committee.ids.map(() => []);
    this.#log = committee.ids.map(() => committee.ids.map(() => []));
    this.#network = new Network(this.#hosts, committee.ids, scenario.seed, (id, turn) =>
      this.#observe(id, turn),
    );
    for (const a of committee.ids) for (const b of committee.ids) if (a < b) this.#pairs.push([a, b]);
    for (const [a, b] of this.#pairs) this.#network.connect(a, b);
  }

  /** Somebody speaks, some of what is under way arrives, something may break or be mended. */
  round(): void {
    const prng = this.#prng;
    if (prng.chance(2, 3)) this.#submit(prng.pick(this.#committee.ids));
    for (let steps = prng.below(40); steps > 0; steps -= 1) this.#network.step();
    if (prng.chance(1, 8)) this.#network.tick();
    if (this.#pairs.length > 0 && prng.chance(1, 10)) this.#network.disconnect(...prng.pick(this.#pairs));
    if (prng.chance(1, 10)) this.#crash(prng.pick(this.#correct));
    if (prng.chance(1, 6)) this.#connectAll();
  }

  heal(): void {
    this.#connectAll();
    for (let tick = 0, calm = 0; tick < HEALING_TICKS_MAX && calm < CALM_TICKS; tick += 1) {
      while (this.#network.step());
      this.#network.tick();
      calm = this.#converged() ? calm + 1 : 0;
    }
  }

  verdict(): string[] {
    for (const self of this.#correct) {
      for (const sender of this.#committee.ids) this.#judge(self, sender);
      const pending = this.#host(self).member.pending.messages;
      if (pending > 0) this.#found.add(`validity: ${pending} messages of ${self} never left`);
    }
    return [...this.#found];
  }

  #converged(): boolean {
    const reference = this.#correct[0] ?? this.#committee.member(0);
    return this.#correct.every((id) => {
      const { member, disk } = this.#host(id);
      const bases = this.#bases(id);
      const spoken = member.pending.messages === 0 && bases[id] === disk.memory().own.nextInstance;
      return spoken && bases.join() === this.#bases(reference).join();
    });
  }

  #bases(id: NodeId): number[] {
    return this.#host(id)
      .member.streams()
      .map(({ base }) => base);
  }

  #judge(self: NodeId, sender: NodeId): void {
    const here = this.#logOf(self)[sender] ?? [];
    const reference = this.#logOf(this.#correct[0] ?? self)[sender] ?? [];
    const shorter = Math.min(here.length, reference.length);
    if (here.slice(0, shorter).join() !== reference.slice(0, shorter).join()) this.#found.add('agreement');
    if (here.length !== reference.length) this.#found.add(`totality: ${self} of ${sender}`);
    if (!this.#correct.includes(sender)) return;
    const said = this.#host(sender).disk.memory().own.nextSeq - 1;
    if (here.length !== said) this.#found.add(`validity: ${self} has ${here.length} of ${said} of ${sender}`);
    const submitted = this.#submitted[sender] ?? [];
    let at = -1;
    for (const message of here) {
      const next = submitted.indexOf(message, at + 1);
      if (next === -1) this.#found.add('integrity: not what was said, or not in order, or twice');
      at = next;
    }
  }

  #observe(id: NodeId, { delivered, faults }: Turn): void {
    if (!this.#correct.includes(id)) return;
    for (const { sender, firstSeq, payload } of delivered) {
      const log = this.#log[id]?.[sender];
      if (log?.length !== firstSeq - 1) this.#found.add('numbering');
      for (const message of messagesOf(payload, this.#limits)) log?.push(message.join('.'));
    }
    for (const { accused, code } of faults) {
      if (this.#correct.includes(accused)) this.#found.add(`${id} accused ${accused} of ${code}`);
    }
    this.#bounded(id);
  }

  #bounded(id: NodeId): void {
    const { window, bytesPerSender } = this.#limits;
    for (const { open, bytesHeld } of this.#host(id).member.streams()) {
      if (open > window) this.#found.add(`memory: ${open} instances`);
      if (bytesHeld > bytesPerSender + 2 * batchBytesMax(this.#limits))
        this.#found.add(`memory: ${bytesHeld} bytes`);
    }
  }

  #submit(id: NodeId): void {
    const submitted = this.#submitted[id] ?? [];
    const length = this.#prng.below(this.#limits.payloadBytes - 8);
    const message = new Uint8Array(8 + length).fill(id);
    message.set([id, submitted.length & 0xff, submitted.length >> 8]);
    submitted.push(message.join('.'));
    this.#network.turn(id, (host) =>
      host.turn((member) => {
        member.submit(message);
        return [];
      }),
    );
  }

  #crash(id: NodeId): void {
    for (const [a, b] of this.#pairs) if (a === id || b === id) this.#network.disconnect(a, b);
    this.#host(id).restart();
  }

  #connectAll(): void {
    for (const [a, b] of this.#pairs) this.#network.connect(a, b);
  }

  #corrupt(adversary: AdversaryName | 'chaos', self: NodeId, hasher: PayloadHasher) {
    const committee = this.#committee;
    const prng = new Prng(this.#prng.uint32());
    const { window, payloadBytes } = this.#limits;
    return (honest: Member) =>
      adversary === 'chaos'
        ? new Chaos(honest, { committee, hasher, window, payloadBytes, prng, forgeries: 600 })
        : ADVERSARIES[adversary].make({ committee, self, hasher, honest, report: () => undefined });
  }

  #host(id: NodeId): Host {
    const host = this.#hosts[id];
    if (host === undefined) throw new Error(`no host ${id}`);
    return host;
  }

  #logOf(id: NodeId): Log {
    return this.#log[id] ?? [];
  }
}
