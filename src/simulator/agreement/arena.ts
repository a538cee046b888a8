import type { AgreementView, Decision } from '../../agreement/index.ts';
import { type Bit, Prng } from '../../base/index.ts';
import { type AgreementMessage, encodeAgreement } from '../../codec/index.ts';
import type { Coin } from '../../coin/index.ts';
import { Committee, type NodeId } from '../../committee/index.ts';
import type { Effects, Protocol } from '../../protocol/index.ts';
import { babble, type Powers, Steering } from './plan.ts';
import { Pool } from './pool.ts';
import { Sayings } from './record.ts';
import type { AgreementScenario } from './scenario.ts';

/** A machine as the arena drives it. */
export interface AgreementMachine extends Protocol<Bit, AgreementMessage, Decision> {
  inspect(): AgreementView;
  linkReset(peer: NodeId): void;
  owedTo(peer: NodeId): readonly AgreementMessage[];
}

/** Makes what a run is about, of the code under test. `seed`: of the run's coins. */
export interface AgreementMaker {
  machine(committee: Committee, self: NodeId, seed: number): AgreementMachine;
  /** The same coin that the machine gets, for liars, who hold shares too. */
  toss(committee: Committee, self: NodeId, seed: number, round: number): ReturnType<Coin['toss']>;
  /** What the coin of a round shows, for adversaries who may know. */
  peek(committee: Committee, seed: number, round: number): Bit;
}

/** What came of a run. */
export interface AgreementResult {
  /** What broke first; undefined if nothing did. */
  readonly violated: string | undefined;
  /** The round of the first decision. */
  readonly firstRound: number;
  /** The last round that any correct member entered. */
  readonly lastRound: number;
  /**
   * After how many rounds all correct members had the same estimate, if that came before the first decision: from then on
   * every round decides with probability 1/2, whatever the adversary does.
   */
  readonly alignedAfter: number | undefined;
  readonly deliveries: number;
}

/** A run goes beyond this round with a probability of at most 61 in 2^60: sixty coins would show the wrong side, but one. */
export const ROUNDS_LIMIT = 60;
const DELIVERIES_MAX = 100_000;
/** Crashes in a run at most: after each, everything owed is said again. */
const RESTARTS_MAX = 3;
/** What liars without a plan say per member of the committee. */
const BABBLE_PER_MEMBER = 40;

/** Runs one agreement. The same scenario and code give the same run. `tell` gets a line an event. */
export function runAgreement(
  maker: AgreementMaker,
  scenario: AgreementScenario,
  tell?: (line: () => string) => void,
): AgreementResult {
  return new Arena(maker, scenario, tell).run();
}

class Arena {
  readonly #maker: AgreementMaker;
  readonly #scenario: AgreementScenario;
  readonly #committee: Committee;
  readonly #prng: Prng;
  readonly #pool = new Pool();
  readonly #sayings: Sayings;
  readonly #correct: readonly NodeId[];
  readonly #powers: Powers;
  readonly #steering: Steering | undefined;
  readonly #tell: (line: () => string) => void;
  readonly #machines: AgreementMachine[];
  readonly #said: AgreementMessage[][];
  readonly #inbox: { readonly from: NodeId; readonly message: AgreementMessage }[][];
  readonly #outputs: (Decision | undefined)[];
  /** By round: the outcomes with which correct members left it, as a mask of masks. */
  readonly #outcomes: number[] = [];
  /** By round: the estimates with which correct members entered it, as a mask. */
  readonly #estimates: number[] = [];
  #due: NodeId[];
  #late: NodeId | undefined;
  #babble: number;
  #violated: string | undefined;
  #firstRound = 0;
  #lastRound = 0;
  #deliveries = 0;
  #restarts = 0;

  constructor(maker: AgreementMaker, scenario: AgreementScenario, tell?: (line: () => string) => void) {
    this.#maker = maker;
    this.#scenario = scenario;
    this.#tell = tell ?? (() => undefined);
    const committee = new Committee(scenario.n, scenario.f);
    this.#committee = committee;
    this.#prng = new Prng(scenario.seed * 7_919 + 17);
    this.#sayings = new Sayings(committee.n);
    this.#correct = committee.ids.filter((id) => !scenario.faulty.includes(id));
    this.#due = [...this.#correct];
    this.#late = scenario.late === undefined ? undefined : committee.node(scenario.late);
    this.#machines = committee.ids.map((id) => maker.machine(committee, id, scenario.seed));
    this.#said = committee.ids.map(() => []);
    this.#inbox = committee.ids.map(() => []);
    this.#outputs = committee.ids.map(() => undefined);
    const faulty = committee.ids.filter((id) => scenario.faulty.includes(id));
    const planned = scenario.plan !== 'uniform' && scenario.plan !== 'latest';
    this.#babble = scenario.silent || planned || faulty.length === 0 ? 0 : BABBLE_PER_MEMBER * committee.n;
    this.#powers = {
      ...{ committee, scenario, prng: this.#prng, correct: this.#correct, faulty },
      ...{ sayings: this.#sayings, pool: this.#pool },
      send: (from, to, message) => this.#pool.add({ from, to, message }),
      shareOf: (self, round) => maker.toss(committee, self, scenario.seed, round).share(),
      peek: (round) => maker.peek(committee, scenario.seed, round),
    };
    this.#steering = planned
      ? new Steering({ ...this.#powers, ...(scenario.silent ? { faulty: [] } : {}) })
      : undefined;
  }

  run(): AgreementResult {
    if (!this.#scenario.staggered) while (this.#due.length > 0) this.#proposeNext();
    while (this.#violated === undefined && this.#deliveries < DELIVERIES_MAX) {
      if (this.#due.length > 0 && (this.#pool.size === 0 || this.#prng.chance(1, 30))) this.#proposeNext();
      else if (this.#babble > 0 && this.#prng.chance(1, 4)) this.#speak();
      else {
        const index = this.#pick();
        if (index >= 0) this.#deliver(index);
        else if (this.#late !== undefined) this.#release();
        else if (this.#due.length > 0) this.#proposeNext();
        else if (this.#pool.size === 0) break;
      }
    }
    this.#end();
    return {
      violated: this.#violated,
      firstRound: this.#firstRound,
      lastRound: this.#lastRound,
      alignedAfter: this.#alignedAfter(),
      deliveries: this.#deliveries,
    };
  }

  /** Which letter next; -1 if none may arrive. */
  #pick(): number {
    const { size } = this.#pool;
    if (size === 0) return -1;
    const planned = this.#steering?.pick() ?? -1;
    if (planned >= 0) return planned;
    const start =
      this.#scenario.plan === 'latest' && !this.#prng.chance(1, 8) ? size - 1 : this.#prng.below(size);
    if (this.#late === undefined) return start;
    return this.#pool.find(start, ({ to }) => to !== this.#late);
  }

  #release(): void {
    this.#tell(() => `p${this.#late} hears the others from now on.`);
    this.#late = undefined;
  }

  #proposeNext(): void {
    const place = this.#prng.below(this.#due.length);
    const [self] = this.#due.splice(place, 1);
    if (self === undefined) return;
    const input = this.#scenario.inputs[self] ?? 0;
    this.#tell(() => `p${self} proposes ${input}.`);
    this.#carry(
      self,
      this.#call(self, (machine) => machine.propose(input)),
    );
  }

  #speak(): void {
    this.#babble -= 1;
    babble(this.#powers, 1 + this.#prng.below(this.#lastRound + 1));
  }

  #deliver(index: number): void {
    const letter = this.#pool.take(index);
    if (letter === undefined) return;
    const { from, to, message } = letter;
    if (this.#scenario.faulty.includes(to)) return;
    this.#deliveries += 1;
    this.#tell(
      () =>
        `p${to} hears ${tell(message)} of p${from}${this.#scenario.faulty.includes(from) ? ', a liar' : ''}.`,
    );
    const effects = this.#call(to, (machine) => machine.handle(from, message));
    if (this.#scenario.restarts) {
      this.#inbox[to]?.push({ from, message });
      if (this.#restarts < RESTARTS_MAX && this.#prng.chance(1, 80)) {
        this.#restarts += 1;
        this.#restart(to, effects);
        return;
      }
    }
    this.#carry(to, effects);
  }

  /** Dies amid the effects of a call, and comes back with what it said. */
  #restart(self: NodeId, effects: Effects<AgreementMessage, Decision>): void {
    this.#carry(self, effects.slice(0, this.#prng.below(3)), true);
    this.#tell(() => `p${self} dies and comes back.`);
    const said = [...(this.#said[self] ?? [])];
    this.#machines[self] = this.#maker.machine(this.#committee, self, this.#scenario.seed);
    this.#carry(
      self,
      this.#call(self, (machine) => machine.restore(said)),
    );
    if (said.length === 0 && !this.#due.includes(self)) {
      const input = this.#scenario.inputs[self] ?? 0;
      this.#carry(
        self,
        this.#call(self, (machine) => machine.propose(input)),
      );
    }
    for (const message of said)
      this.#carry(
        self,
        this.#call(self, (machine) => machine.handle(self, message)),
      );
    for (const peer of this.#correct) {
      if (peer === self) continue;
      this.#machines[peer]?.linkReset(self);
      for (const message of this.#machines[peer]?.owedTo(self) ?? [])
        this.#pool.add({ from: peer, to: self, message });
      for (const message of this.#machines[self]?.owedTo(peer) ?? [])
        this.#pool.add({ from: self, to: peer, message });
    }
    for (const letter of this.#inbox[self]?.splice(0) ?? []) {
      if (this.#scenario.faulty.includes(letter.from)) this.#pool.add({ ...letter, to: self });
    }
  }

  #carry(self: NodeId, effects: Effects<AgreementMessage, Decision>, dying = false): void {
    for (const effect of effects) {
      if (this.#violated !== undefined) return;
      if (effect.kind === 'send') this.#pool.add({ from: self, to: effect.to, message: effect.message });
      else if (effect.kind === 'output') this.#output(self, effect.output);
      else if (effect.kind === 'broadcast') this.#say(self, effect.message, dying);
      else if (effect.kind === 'fault' && !this.#scenario.faulty.includes(effect.accused))
        this.#violate(`no-false-accusation: p${self} accuses p${effect.accused} of ${effect.code}`);
    }
  }

  #say(self: NodeId, message: AgreementMessage, dying: boolean): void {
    const said = this.#said[self] ?? [];
    const other = said.find((earlier) => contradicts(earlier, message));
    if (other !== undefined)
      this.#violate(`say-once: p${self} said ${tell(other)} and says ${tell(message)}`);
    said.push(message);
    if (message.kind === 'bval' && this.#sayings.of(self, message.round).estimate === undefined)
      this.#estimates[message.round] = (this.#estimates[message.round] ?? 0) | (1 << message.value);
    this.#sayings.note(self, message);
    this.#lastRound = Math.max(this.#lastRound, message.round);
    if (this.#lastRound > ROUNDS_LIMIT) this.#violate(`rounds: p${self} enters round ${this.#lastRound}`);
    this.#tell(() => `p${self} says ${tell(message)}.`);
    if (message.kind === 'share') this.#noteOutcome(self, message.round);
    for (const to of this.#committee.ids) if (to !== self) this.#pool.add({ from: self, to, message });
    if (!dying)
      this.#carry(
        self,
        this.#call(self, (machine) => machine.handle(self, message)),
      );
  }

  #alignedAfter(): number | undefined {
    const first = this.#estimates.findIndex((mask) => mask === 1 || mask === 2);
    return first > 0 && first <= this.#firstRound ? first - 1 : undefined;
  }

  /** A round binds one value: no two correct members leave it with different ones. */
  #noteOutcome(self: NodeId, round: number): void {
    const { outcome } = this.#machines[self]?.inspect() ?? {};
    if (outcome === undefined) return;
    const seen = (this.#outcomes[round] ?? 0) | (1 << outcome);
    this.#outcomes[round] = seen;
    if ((seen & 0b110) === 0b110)
      this.#violate(`binding: round ${round} ends with 0 at one member and 1 at another`);
  }

  #output(self: NodeId, decision: Decision): void {
    const earlier = this.#outputs[self];
    this.#tell(() => `p${self} decides ${decision.value} in round ${decision.round}.`);
    if (earlier !== undefined && (!this.#scenario.restarts || earlier.value !== decision.value))
      this.#violate(`integrity: p${self} decides twice`);
    this.#outputs[self] = decision;
    if (this.#firstRound === 0) this.#firstRound = decision.round;
    const values = new Set(this.#outputs.flatMap((output) => output?.value ?? []));
    if (values.size > 1) this.#violate(`agreement: both values are decided`);
    const proposed = this.#correct.some((id) => this.#scenario.inputs[id] === decision.value);
    if (!proposed) this.#violate(`validity: ${decision.value} was decided, which no correct member proposed`);
  }

  #end(): void {
    if (this.#violated !== undefined) return;
    const without = this.#correct.filter((id) => this.#outputs[id] === undefined);
    if (without.length > 0)
      this.#violate(`termination: ${without.map((id) => `p${id}`).join()} did not decide`);
    const open = this.#correct.filter((id) => this.#machines[id]?.terminated !== true);
    if (open.length > 0) this.#violate(`halting: ${open.map((id) => `p${id}`).join()} did not halt`);
  }

  #call(
    self: NodeId,
    call: (machine: AgreementMachine) => Effects<AgreementMessage, Decision>,
  ): Effects<AgreementMessage, Decision> {
    const machine = this.#machines[self];
    if (machine === undefined || this.#violated !== undefined) return [];
    try {
      return call(machine);
    } catch (error) {
      this.#violate(`never-throws: p${self}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  #violate(what: string): void {
    this.#violated ??= what;
    this.#tell(() => `violated: ${what}`);
  }
}

function contradicts(earlier: AgreementMessage, later: AgreementMessage): boolean {
  if (earlier.kind !== later.kind || earlier.kind === 'bval') return false;
  if (earlier.kind !== 'decide' && earlier.round !== later.round) return false;
  return String(encodeAgreement(earlier)) !== String(encodeAgreement(later));
}

/** A message in a few words. */
function tell(message: AgreementMessage): string {
  const head = `${message.kind.toUpperCase()}(${message.round}`;
  if (message.kind === 'conf') return `${head}, ${['', '{0}', '{1}', '{0,1}'][message.values]})`;
  return 'value' in message ? `${head}, ${message.value})` : `${head})`;
}
