import type { Bit, Prng } from '../../base/index.ts';
import type { AgreementMessage, Bits } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Letter, Pool } from './pool.ts';
import type { Sayings } from './record.ts';
import type { AgreementScenario } from './scenario.ts';

/** What the adversary has to work with: everything but the keys of others. */
export interface Powers {
  readonly committee: Committee;
  readonly scenario: AgreementScenario;
  readonly prng: Prng;
  readonly correct: readonly NodeId[];
  readonly faulty: readonly NodeId[];
  readonly sayings: Sayings;
  readonly pool: Pool;
  /** A liar says something to a member. */
  readonly send: (from: NodeId, to: NodeId, message: AgreementMessage) => void;
  /** A liar's own share of a round. */
  readonly shareOf: (self: NodeId, round: number) => Uint8Array | undefined;
  /** What the coin of a round shows. Only for whoever may know. */
  readonly peek: (round: number) => Bit;
}

/** Who is to come to see what in a round. */
interface Roles {
  readonly round: number;
  /** The value the round is to be bound to, as far as it is chosen. */
  target: Bit | undefined;
  /** Members whose AUX is to be each value. */
  readonly aux: Map<NodeId, Bit>;
  /** Members held back until the coin is known. */
  readonly held: ReadonlySet<NodeId>;
  /** The one that is to see CONFs of the target alone. */
  bound: NodeId | undefined;
  revealed: boolean;
}

/**
 * The plans that go by rounds. Letters of a round wait until all members that take part have entered it; then each gets
 * only what serves its role. Where nothing serves any more, chance goes on: links are fair.
 */
export class Steering {
  readonly #powers: Powers;
  readonly #active: readonly NodeId[];
  #roles: Roles | undefined;
  #round = 1;

  constructor(powers: Powers) {
    this.#powers = powers;
    this.#active = powers.correct.filter((id) => id !== powers.scenario.late);
  }

  /** The index of the letter that serves best; -1 if none does. */
  pick(): number {
    const { pool, prng, scenario } = this.#powers;
    if (scenario.plan === 'foresee' && this.#round > scenario.foreseen) return -1;
    this.#begin();
    if (this.#roles?.revealed === false && this.#isRevealed(this.#roles)) this.#reveal(this.#roles);
    const start = prng.below(pool.size);
    const best = pool.find(start, (letter) => this.#serves(letter));
    // Whoever is held back stays so, whatever chance brings to the others.
    if (best >= 0) return best;
    return pool.find(start, ({ to, message }) => to !== scenario.late && !this.#isHeld(to, message));
  }

  /** Gives roles once everybody has entered a round, and has the liars say what helps. */
  #begin(): void {
    const { sayings, scenario } = this.#powers;
    const entered = this.#active.every((id) => sayings.of(id, this.#round).estimate !== undefined);
    if (!entered || this.#active.some((id) => sayings.decided[id])) return;
    this.#roles = scenario.plan === 'steer' ? this.#steerRoles() : this.#splitRoles();
    this.#round += 1;
    for (const from of this.#powers.faulty)
      for (const to of this.#powers.correct) this.#help(from, to, this.#roles);
  }

  #splitRoles(): Roles {
    const { prng, scenario, peek, sayings, committee } = this.#powers;
    const round = this.#round;
    const drawn: Bit = prng.chance(1, 2) ? 1 : 0;
    // Whoever finds the coin on the table before the round has begun looks at it.
    const known = scenario.plan === 'foresee' || this.#active.some((id) => sayings.of(id, round).shared);
    const target = known ? not(peek(round)) : drawn;
    const backs = (id: NodeId): boolean => sayings.of(id, round).estimate === target;
    // Who backs the target comes first; the last in line are to say the other value.
    const line = [...this.#active.filter(backs), ...this.#active.filter((id) => !backs(id))];
    const enough = committee.n - 2 * committee.f;
    const aux = new Map(line.map((id, place) => [id, place < enough ? target : not(target)]));
    const waits = scenario.plan === 'hold';
    return { round, target, aux, held: new Set(), bound: line[0], revealed: !waits };
  }

  #steerRoles(): Roles {
    const { committee, prng, sayings } = this.#powers;
    const round = this.#round;
    const estimate = (id: NodeId): number => sayings.of(id, round).estimate ?? 0;
    const line = [...this.#active].sort((a, b) => estimate(a) - estimate(b));
    // One of each value goes ahead with as many as are needed; the others wait.
    const turned = prng.chance(1, 2) ? line : line.toReversed();
    const ahead = turned.slice(0, committee.n - 2 * committee.f);
    const last = turned.at(-1);
    if (last !== undefined && ahead.every((id) => estimate(id) === estimate(turned[0] ?? id))) {
      ahead.pop();
      ahead.push(last);
    }
    const half = Math.ceil(ahead.length / 2);
    const order = [...ahead].sort((a, b) => estimate(a) - estimate(b));
    const aux = new Map(order.map((id, place): [NodeId, Bit] => [id, place < half ? 0 : 1]));
    const held = new Set(this.#active.filter((id) => !ahead.includes(id)));
    return { round, target: undefined, aux, held, bound: undefined, revealed: false };
  }

  #isRevealed({ round, held }: Roles): boolean {
    const { sayings, scenario } = this.#powers;
    const ahead = this.#active.filter((id) => !held.has(id));
    if (scenario.plan === 'hold') return ahead.some((id) => sayings.of(id, round).shared);
    return ahead.every((id) => sayings.of(id, round).shared);
  }

  /** The coin is known: those held back are to come to the other value. */
  #reveal(roles: Roles): void {
    const target = not(this.#powers.peek(roles.round));
    roles.revealed = true;
    if (this.#powers.scenario.plan === 'hold') {
      const values = roles.target === target ? mask(target) : 3;
      if (roles.bound === undefined) return;
      for (const from of this.#powers.faulty)
        this.#powers.send(from, roles.bound, { kind: 'conf', round: roles.round, values });
      if (values === 3) roles.bound = undefined;
      return;
    }
    roles.target = target;
    for (const id of roles.held) {
      roles.aux.set(id, target);
      for (const from of this.#powers.faulty) {
        this.#powers.send(from, id, { kind: 'aux', round: roles.round, value: target });
        this.#powers.send(from, id, { kind: 'conf', round: roles.round, values: mask(target) });
      }
    }
  }

  #help(from: NodeId, to: NodeId, roles: Roles): void {
    const { send, shareOf } = this.#powers;
    const { round, target, held, bound, aux } = roles;
    send(from, to, { kind: 'bval', round, value: 0 });
    send(from, to, { kind: 'bval', round, value: 1 });
    const share = shareOf(from, round);
    if (share !== undefined) send(from, to, { kind: 'share', round, share });
    if (held.has(to)) return;
    send(from, to, { kind: 'aux', round, value: target ?? aux.get(to) ?? 0 });
    if (to === bound && !roles.revealed) return;
    send(from, to, { kind: 'conf', round, values: to === bound && target !== undefined ? mask(target) : 3 });
  }

  #hasLeft(id: NodeId, round: number): boolean {
    return this.#powers.sayings.of(id, round + 1).estimate !== undefined;
  }

  #isHeld(id: NodeId, message: AgreementMessage): boolean {
    if (this.#roles?.revealed !== false) return false;
    return this.#roles.held.has(id) || (id === this.#roles.bound && message.kind === 'conf');
  }

  /** Whether this letter may arrive without spoiling the plan. */
  #serves({ to, message }: Letter): boolean {
    const { scenario, sayings } = this.#powers;
    if (to === scenario.late) return false;
    const roles = this.#roles;
    if (message.kind === 'decide' || message.kind === 'again') return true;
    if (message.round >= this.#round) return false;
    if (roles === undefined || message.round < roles.round) return true;
    if (this.#isHeld(to, message)) return false;
    const role = roles.aux.get(to);
    const said = sayings.of(to, roles.round);
    switch (message.kind) {
      case 'bval':
        return said.aux !== undefined || message.value === role;
      case 'aux':
        // Who is to see one value alone gets that one; in `split` the others see both.
        return (
          said.conf !== 0 || message.value === role || (roles.target !== undefined && role !== roles.target)
        );
      case 'conf':
        if (to !== roles.bound && !roles.held.has(to)) return true;
        return this.#hasLeft(to, roles.round) || message.values === mask(roles.target ?? 0);
      default:
        return true;
    }
  }
}

/** A liar without a plan: anything, about rounds that somebody is in. */
export function babble({ prng, correct, faulty, send, shareOf }: Powers, round: number): void {
  const [from, to] = [prng.pick(faulty), prng.pick(correct)];
  const value: Bit = prng.chance(1, 2) ? 1 : 0;
  const kind = prng.pick(['bval', 'bval', 'aux', 'aux', 'conf', 'conf', 'share', 'decide', 'again'] as const);
  if (kind === 'share') {
    const share = prng.chance(1, 6) ? Uint8Array.of(1, 2, 3, 4) : shareOf(from, round);
    if (share !== undefined) send(from, to, { kind, round, share });
  } else if (kind === 'conf') send(from, to, { kind, round, values: prng.pick([1, 2, 3] as const) });
  else if (kind === 'again') send(from, to, { kind, round });
  else if (kind !== 'decide') send(from, to, { kind, round, value });
  else if (prng.chance(1, 8)) send(from, to, { kind, round: prng.below(round + 1), value });
}

function not(value: Bit): Bit {
  return value === 0 ? 1 : 0;
}

function mask(value: Bit): Bits {
  return value === 0 ? 1 : 2;
}
