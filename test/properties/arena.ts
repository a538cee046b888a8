import { AssertionError, bytesEqual, Prng } from '../../src/base/index.ts';
import type { Rules } from '../../src/broadcast/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { type InFlight, planLies, toyDigest, X } from './adversary.ts';
import { type Breach, Player } from './player.ts';

/** A run over one instance: who lies, by which rules the others play, and the seed of every choice. */
export interface Scenario {
  readonly n: number;
  readonly f: number;
  /** How many members lie; more than f shows that the checks can fail. */
  readonly liars: number;
  readonly senderLies: boolean;
  /** Correct members crash and links break. */
  readonly crashes: boolean;
  readonly rules: (committee: Committee) => Rules;
  readonly seed: number;
}

/** What reliable broadcast promises, and what a correct member never does. */
export type Violation =
  | 'agreement'
  | 'totality'
  | 'validity'
  | 'integrity'
  | 'accused-correct'
  /** A member found an invariant of its own broken, and stopped. */
  | 'stopped'
  | Breach;

/** How the scheduler picks: each kind of unfairness finds mistakes that the others miss. */
const SCHEDULES = ['random', 'newest', 'oldest', 'starve'] as const;

/** Plays `scenario` to quiescence, with everything between correct members delivered; returns what went wrong. */
export function play(scenario: Scenario): Violation[] {
  const arena = new Arena(scenario);
  try {
    arena.run();
  } catch (error) {
    if (error instanceof AssertionError) return ['stopped'];
    throw error;
  }
  return arena.verdict();
}

class Arena {
  readonly #scenario: Scenario;
  readonly #prng: Prng;
  readonly #committee: Committee;
  readonly #sender: NodeId;
  readonly #correct: readonly NodeId[];
  readonly #players = new Map<NodeId, Player>();
  #pool: InFlight[] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#prng = new Prng(scenario.seed);
    this.#committee = new Committee(scenario.n, scenario.f);
    const { ids } = this.#committee;
    // Ids are alike but for the sender's, so the liars may as well be the last ones, or the first and the last.
    this.#sender = this.#committee.member(0);
    const liars = scenario.senderLies
      ? [0, ...ids.slice(ids.length - scenario.liars + 1)].slice(0, scenario.liars)
      : ids.slice(ids.length - scenario.liars);
    const faulty = ids.filter((id) => liars.some((liar) => liar === id));
    this.#correct = ids.filter((id) => !faulty.includes(id));
    const rules = scenario.rules(this.#committee);
    for (const self of this.#correct) {
      const options = {
        committee: this.#committee,
        self,
        sender: this.#sender,
        rules,
        digestOf: toyDigest,
        valid: () => true,
        payloadBytesMax: 16,
      };
      const player = new Player(options, (to, message) => {
        if (this.#correct.includes(to)) this.#pool.push({ from: self, to, message });
      });
      this.#players.set(self, player);
    }
    this.#pool.push(...planLies(this.#prng, faulty, this.#correct, this.#sender));
  }

  run(): void {
    this.#players.get(this.#sender)?.propose(X);
    const schedule = this.#prng.pick(SCHEDULES);
    const victim = this.#prng.pick(this.#correct);
    while (this.#pool.length > 0) {
      this.#deliver(this.#choose(schedule, victim));
      if (this.#scenario.crashes && this.#prng.chance(1, 12)) this.#trouble();
      if (this.#prng.chance(1, 20)) this.#players.get(this.#prng.pick(this.#correct))?.retry();
    }
    this.#converge();
  }

  verdict(): Violation[] {
    const found = new Set<Violation>();
    const players = [...this.#players.values()];
    for (const player of players) {
      for (const breach of player.breaches) found.add(breach);
      if (this.#correct.some((id) => player.accused.has(id))) found.add('accused-correct');
    }
    const values = new Set(players.flatMap(({ delivered: value }) => value?.join() ?? []));
    if (values.size > 1) found.add('agreement');
    const reached = players.filter((player) => player.delivered !== undefined).length;
    if (reached !== 0 && reached !== players.length) found.add('totality');
    if (!this.#scenario.senderLies) {
      if (reached !== players.length) found.add('validity');
      if (players.some((player) => player.delivered && !bytesEqual(player.delivered, X)))
        found.add('integrity');
    }
    return [...found];
  }

  #choose(schedule: (typeof SCHEDULES)[number], victim: NodeId): InFlight {
    const at = this.#position(schedule, victim);
    const chosen = this.#pool[at];
    const last = this.#pool.pop();
    if (chosen === undefined || last === undefined) throw new Error('a message from an empty pool');
    if (at < this.#pool.length) this.#pool[at] = last;
    // Links may repeat themselves, and handlers are idempotent.
    if (this.#prng.chance(1, 16)) this.#pool.push(chosen);
    return chosen;
  }

  #position(schedule: (typeof SCHEDULES)[number], victim: NodeId): number {
    const { length } = this.#pool;
    if (schedule === 'newest' && this.#prng.chance(3, 4)) return length - 1;
    if (schedule === 'oldest' && this.#prng.chance(3, 4)) return 0;
    const at = this.#prng.below(length);
    // One member hears nothing until nothing else is left, or luck has it.
    if (schedule === 'starve' && this.#pool[at]?.to === victim) return this.#prng.below(length);
    return at;
  }

  #deliver({ from, to, message }: InFlight): void {
    this.#players.get(to)?.handle(from, message);
  }

  #trouble(): void {
    const player = this.#players.get(this.#prng.pick(this.#correct));
    if (player === undefined) return;
    if (this.#prng.chance(1, 2)) player.settle();
    const peers = this.#prng.chance(1, 2) ? this.#correct : [this.#prng.pick(this.#correct)];
    if (peers.length === this.#correct.length) player.restart();
    for (const peer of peers) this.#reconnect(player, peer);
  }

  /** What was under way between two members is lost; then both send again what they owe. */
  #reconnect(player: Player, peer: NodeId): void {
    if (peer === player.id) return;
    this.#pool = this.#pool.filter(
      ({ from, to }) => !(from === player.id && to === peer) && !(from === peer && to === player.id),
    );
    player.linkReset(peer);
    this.#players.get(peer)?.linkReset(player.id);
  }

  /** Asks for payloads until nothing more comes of it. */
  #converge(): void {
    for (let round = 0; round < 2 * this.#committee.n; round += 1) {
      for (const player of this.#players.values()) player.retry();
      while (this.#pool.length > 0) this.#deliver(this.#choose('random', this.#sender));
    }
  }
}
