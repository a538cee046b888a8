import { bytesEqual, Prng, UsageError } from '../base/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import { type Effect, type Effects, NOTHING, type Protocol } from '../protocol/index.ts';

/** A protocol of one instance as the suite drives it. */
export interface ConformanceSubject<Input, Message, Output> {
  readonly committee: Committee;
  /** A fresh machine of this member. */
  readonly create: (self: NodeId) => Protocol<Input, Message, Output>;
  /** What this member proposes; undefined for members that only listen. */
  readonly inputOf: (self: NodeId) => Input | undefined;
  /** Any message, adversarial ones and such as correct members send among them. */
  readonly arbitrary: (prng: Prng) => Message;
  /** Adds to `said` what `restore` is to be given for this effect once it was made durable. */
  readonly remember: (said: Message[], effect: Effect<Message, Output>) => void;
  /** Whether two messages that bind contradict each other: the same statement with another content. */
  readonly contradicts: (earlier: Message, later: Message) => boolean;
  /** Time has passed, for protocols that ask again. */
  readonly retry?: (machine: Protocol<Input, Message, Output>) => Effects<Message, Output>;
  /** How much state the machine holds, in a unit of the subject's choice, and how much it may. */
  readonly size: (machine: Protocol<Input, Message, Output>) => number;
  readonly sizeMax: number;
}

/** One thing that every protocol has to satisfy. `run` throws an Error that says what is wrong. */
export interface ConformanceCheck {
  readonly name: string;
  readonly run: <Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>) => void;
}

/** The contract of `Protocol`, as checks that need no test framework. Each is deterministic. */
export const CONFORMANCE: readonly ConformanceCheck[] = [
  { name: 'the same calls give the same effects', run: deterministic },
  { name: 'no message of any member makes it throw, or hold more than it may', run: unshaken },
  { name: 'a call that asks for nothing returns NOTHING itself', run: shared },
  { name: 'a terminated machine is silent', run: silent },
  { name: 'a proposal out of place is a UsageError and changes nothing', run: misuse },
  { name: 'a correct member never accuses a correct one', run: trusting },
  { name: 'a restarted member says nothing otherwise', run: consistent },
];

const SEEDS = 8;
const MESSAGES = 300;
/** Messages between two looks at the size, which may be dear to tell. */
const SIZE_STEP = 10;

function deterministic<Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>): void {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const [first, second] = [lonely(subject, seed), lonely(subject, seed)];
    first.forEach((effects, call) => {
      check(sameEffects(effects, second[call] ?? []), `call ${call} of seed ${seed} gave other effects`);
    });
  }
}

function unshaken<Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>): void {
  const { committee, size, sizeMax } = subject;
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const prng = new Prng(seed);
    const machine = subject.create(prng.pick(committee.ids));
    for (let i = 0; i < MESSAGES; i += 1) {
      machine.handle(prng.pick(committee.ids), subject.arbitrary(prng));
      if (i % SIZE_STEP !== 0) continue;
      const held = size(machine);
      check(held <= sizeMax, `it holds ${held} after ${i + 1} messages of seed ${seed}, over ${sizeMax}`);
    }
  }
}

function shared<Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>): void {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    for (const effects of lonely(subject, seed)) {
      check(effects.length > 0 || effects === NOTHING, 'an empty batch is not the shared one');
    }
  }
}

function silent<Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>): void {
  const cluster = new Cluster(subject, 1);
  cluster.run();
  const prng = new Prng(1);
  for (const machine of cluster.machines) {
    check(machine.terminated, 'not every correct member ended although all messages arrived');
    for (let i = 0; i < MESSAGES; i += 1) {
      const effects = machine.handle(prng.pick(subject.committee.ids), subject.arbitrary(prng));
      check(effects === NOTHING, 'a message after the end gave effects');
    }
    check((subject.retry?.(machine) ?? NOTHING) === NOTHING, 'time after the end gave effects');
  }
}

function misuse<Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>): void {
  const { ids } = subject.committee;
  const inputs = ids.flatMap((id) => subject.inputOf(id) ?? []);
  const [input] = inputs;
  if (input === undefined) return;
  for (const id of ids) {
    const [machine, untouched] = [subject.create(id), subject.create(id)];
    if (subject.inputOf(id) !== undefined) {
      machine.propose(input);
      untouched.propose(input);
    }
    let refusal: unknown;
    try {
      machine.propose(input);
    } catch (error) {
      refusal = error;
    }
    check(refusal instanceof UsageError, `member ${id} took a proposal out of place`);
    const prng = new Prng(id);
    for (let i = 0; i < MESSAGES; i += 1) {
      const from = prng.pick(ids);
      const message = subject.arbitrary(prng);
      check(
        sameEffects(machine.handle(from, message), untouched.handle(from, message)),
        `a refused proposal changed what member ${id} does later`,
      );
    }
  }
}

function trusting<Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>): void {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const cluster = new Cluster(subject, seed, { restarts: true, duplicates: true });
    cluster.run();
    const [fault] = cluster.faults;
    check(fault === undefined, `seed ${seed}: ${fault}`);
  }
}

function consistent<Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>): void {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const cluster = new Cluster(subject, seed, { restarts: true, duplicates: true });
    cluster.run();
    check(cluster.contradictions === 0, `seed ${seed}: a member contradicts itself among correct ones`);
    const [self, ...others] = subject.committee.ids.slice(seed % subject.committee.n);
    if (self === undefined || others.length === 0) continue;
    const besieged = new Cluster(subject, seed, { restarts: true, liars: others });
    besieged.run();
    check(besieged.contradictions === 0, `seed ${seed}: member ${self} contradicts itself among liars`);
  }
}

/** One machine amid arbitrary messages, its own broadcasts brought back to it: the effects of each call. */
function lonely<Input, Message, Output>(
  subject: ConformanceSubject<Input, Message, Output>,
  seed: number,
): Effects<Message, Output>[] {
  const { committee } = subject;
  const prng = new Prng(seed);
  const self = prng.pick(committee.ids);
  const machine = subject.create(self);
  const calls: Effects<Message, Output>[] = [];
  const carry = (effects: Effects<Message, Output>): void => {
    calls.push(effects);
    for (const effect of effects)
      if (effect.kind === 'broadcast') carry(machine.handle(self, effect.message));
  };
  const input = subject.inputOf(self);
  if (input !== undefined) carry(machine.propose(input));
  for (let i = 0; i < MESSAGES; i += 1) {
    carry(machine.handle(prng.pick(committee.ids), subject.arbitrary(prng)));
    if (prng.chance(1, 10)) carry(subject.retry?.(machine) ?? NOTHING);
  }
  return calls;
}

interface Trouble {
  readonly restarts?: boolean;
  readonly duplicates?: boolean;
  /** Members that send anything to anybody, on top of what they would. */
  readonly liars?: readonly NodeId[];
}

/** All members, with every message between them delivered in an order of the seed's choice. */
class Cluster<Input, Message, Output> {
  readonly #subject: ConformanceSubject<Input, Message, Output>;
  readonly #prng: Prng;
  readonly #trouble: Trouble;
  readonly machines: Protocol<Input, Message, Output>[];
  readonly faults: string[] = [];
  contradictions = 0;
  readonly #said: Message[][];
  readonly #pool: { readonly from: NodeId; readonly to: NodeId; readonly message: Message }[] = [];

  constructor(subject: ConformanceSubject<Input, Message, Output>, seed: number, trouble: Trouble = {}) {
    this.#subject = subject;
    this.#prng = new Prng(seed);
    this.#trouble = trouble;
    this.machines = subject.committee.ids.map((id) => subject.create(id));
    this.#said = subject.committee.ids.map(() => []);
  }

  run(): void {
    const { ids } = this.#subject.committee;
    for (const id of ids) {
      const input = this.#subject.inputOf(id);
      if (input !== undefined) this.#carry(id, this.#machine(id).propose(input));
    }
    for (const from of this.#trouble.liars ?? []) {
      for (let i = 0; i < MESSAGES / 10; i += 1) {
        this.#pool.push({ from, to: this.#prng.pick(ids), message: this.#subject.arbitrary(this.#prng) });
      }
    }
    while (this.#pool.length > 0) {
      const [letter] = this.#pool.splice(this.#prng.below(this.#pool.length), 1);
      if (letter === undefined) break;
      this.#carry(letter.to, this.#machine(letter.to).handle(letter.from, letter.message));
      if (this.#trouble.duplicates && this.#prng.chance(1, 8)) this.#pool.push(letter);
      if (this.#trouble.restarts && this.#prng.chance(1, 15)) this.#restart(this.#prng.pick(ids));
    }
    for (const id of ids) this.#carry(id, this.#subject.retry?.(this.#machine(id)) ?? NOTHING);
  }

  #restart(id: NodeId): void {
    const machine = this.#subject.create(id);
    this.machines[id] = machine;
    this.#carry(id, machine.restore([...(this.#said[id] ?? [])]));
  }

  #carry(self: NodeId, effects: Effects<Message, Output>): void {
    for (const effect of effects) {
      const said = this.#said[self] ?? [];
      if (effect.kind === 'broadcast') {
        if (said.some((earlier) => this.#subject.contradicts(earlier, effect.message)))
          this.contradictions += 1;
      }
      this.#subject.remember(said, effect);
      if (effect.kind === 'fault') this.faults.push(`${self} accuses ${effect.accused} of ${effect.code}`);
      if (effect.kind === 'send') this.#pool.push({ from: self, to: effect.to, message: effect.message });
      if (effect.kind !== 'broadcast') continue;
      for (const to of this.#subject.committee.ids) {
        if (to !== self) this.#pool.push({ from: self, to, message: effect.message });
      }
      this.#carry(self, this.#machine(self).handle(self, effect.message));
    }
  }

  #machine(id: NodeId): Protocol<Input, Message, Output> {
    const machine = this.machines[id];
    check(machine !== undefined, `no member ${id}`);
    return machine;
  }
}

function check(holds: boolean, complaint: string): asserts holds {
  if (!holds) throw new Error(complaint);
}

/** Whether two batches of effects are the same, bytes by their content. */
function sameEffects(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return bytesEqual(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [entries, others] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    entries.length === others.size && entries.every(([key, value]) => sameEffects(value, others.get(key)))
  );
}
