import { assert, fromHex, Prng, toHex } from '../../base/index.ts';
import { Committee, type NodeId } from '../../committee/index.ts';
import type { Effect, Effects, Protocol } from '../../protocol/index.ts';
import { type Schedule, scheduleOf, UnderWay } from '../world/index.ts';
import { type Carried, Carrier, type TrialLetter } from './carrier.ts';
import { plain } from './describe.ts';
import { TrialJudge } from './judge.ts';
import { mindOf, type TrialMind } from './liars.ts';
import type { TrialOptions, TrialResult, TrialStep } from './options.ts';
import type { TrialSubject } from './subject.ts';

/** Steps of the first part at most, by members squared. */
const STEPS_PER_LINK = 120;
const ACTS_MAX = 80;
/** Steps of the second part at most; a trial that needs more is undecided. */
const END_STEPS_MAX = 400_000;
/** Rounds of `retry` without anything new after which nothing will come, for each member: each may be asked in turn. */
const CALM_ROUNDS = 3;

/** Tries a subject once. The same options give the same trial. */
export function runTrial<Input, Message, Output>(
  subject: TrialSubject<Input, Message, Output>,
  options: TrialOptions,
): TrialResult {
  return new Trial(subject, options).run();
}

class Trial<Input, Message, Output> {
  readonly #subject: TrialSubject<Input, Message, Output>;
  readonly #options: TrialOptions;
  readonly #committee: Committee;
  readonly #prng: Prng;
  readonly #correct: readonly NodeId[];
  readonly #faulty: readonly NodeId[];
  /** By member. */
  readonly #isFaulty: readonly boolean[];
  readonly #schedule: Schedule;
  readonly #underWay = new UnderWay<TrialLetter<Message>>();
  readonly #mind: TrialMind<Message> | undefined;
  readonly #drawn: readonly (Input | undefined)[];
  readonly #machines: Protocol<Input, Message, Output>[];
  readonly #said: Message[][];
  /** By member: what reached it, which a member that comes back is sent again. Empty where nobody does. */
  readonly #inbox: TrialLetter<Message>[][];
  readonly #restarts: boolean;
  readonly #judge: TrialJudge<Input, Output>;
  readonly #carrier: Carrier<Message>;
  readonly #proposed = new Set<NodeId>();
  /** Correct members that have not proposed, in order. */
  #due: readonly NodeId[];
  readonly #names = new Map<string, number>();
  readonly #steps: TrialStep[] = [];
  #order = 0;
  #count = 0;
  #lives = 0;
  /** Statements and outputs so far: what a trial waits for in the end. */
  #news = 0;

  constructor(subject: TrialSubject<Input, Message, Output>, options: TrialOptions) {
    const { n, f, seed, faulty, liars } = options.scenario;
    this.#subject = subject;
    this.#options = options;
    this.#committee = new Committee(n, f);
    this.#prng = new Prng(seed);
    const { ids } = this.#committee;
    this.#faulty = ids.filter((id) => faulty.includes(id));
    this.#correct = ids.filter((id) => !faulty.includes(id));
    this.#isFaulty = ids.map((id) => faulty.includes(id));
    this.#due = this.#correct;
    this.#schedule = scheduleOf(options.scenario, this.#committee, this.#prng, subject.kinds ?? ['']);
    this.#drawn = ids.map((id) => subject.inputOf(id, this.#prng, this.#committee));
    this.#machines = ids.map((id) => this.#machine(id));
    this.#said = ids.map(() => []);
    this.#inbox = ids.map(() => []);
    this.#restarts = options.scenario.restarts || options.replay !== undefined;
    this.#carrier = new Carrier(subject, this.#committee);
    this.#judge = new TrialJudge(this.#committee, this.#correct, subject.properties);
    if (this.#faulty.length > 0 && options.replay === undefined) {
      this.#mind = mindOf(liars, {
        committee: this.#committee,
        faulty: this.#faulty,
        correct: this.#correct,
        prng: this.#prng,
        send: (from, to, message) => this.#inject(from, to, subject.encode(message)),
        arbitrary: () => subject.arbitrary(this.#prng, this.#committee),
        honest: (self) => ({
          machine: this.#machine(self),
          input: subject.inputOf(self, this.#prng, this.#committee),
        }),
      });
    }
  }

  run(): TrialResult {
    const { replay } = this.#options;
    if (replay === undefined) this.#unfold();
    else for (const step of replay) this.#apply(step);
    const ended = this.#judge.violated === undefined && this.#complete();
    if (ended) this.#judge.look(true);
    return { violated: this.#judge.violated, ended, steps: this.#steps, count: this.#count };
  }

  #unfold(): void {
    const { restarts } = this.#options.scenario;
    const limit = STEPS_PER_LINK * this.#committee.n ** 2;
    let acts = 0;
    for (let step = 0; step < limit && this.#judge.violated === undefined; step += 1) {
      const due = this.#due;
      if (due.length > 0 && (this.#underWay.size === 0 || this.#prng.chance(1, 4)))
        this.#apply(['propose', this.#prng.pick(due)]);
      else if (this.#mind !== undefined && acts < ACTS_MAX && this.#prng.chance(1, 6)) {
        acts += 1;
        this.#minded((mind) => mind.act());
      } else if (this.#underWay.size > 0) this.#deliverNext(restarts && this.#prng.chance(1, 25));
      else return;
    }
  }

  /** All propose, and everything arrives, until nothing new comes. False if that takes too long. */
  #complete(): boolean {
    for (const id of this.#correct) this.#apply(['propose', id]);
    const end = this.#count + END_STEPS_MAX;
    for (let calm = 0; calm < CALM_ROUNDS * this.#committee.n; calm += 1) {
      const newsBefore = this.#news;
      while (this.#underWay.size > 0) {
        this.#deliverNext(false);
        if (this.#judge.violated !== undefined || this.#count > end) return false;
      }
      for (const id of this.#correct) this.#apply(['retry', id]);
      if (this.#news !== newsBefore) calm = -1;
    }
    return this.#judge.violated === undefined;
  }

  #deliverNext(tear: boolean): void {
    const index = this.#schedule.pick(this.#underWay);
    const letter = this.#underWay.take(index);
    if (letter === undefined) return;
    if (!tear || this.#isFaulty[letter.to] === true) {
      this.#note(['deliver', letter.id]);
      this.#arrive(letter);
      return;
    }
    const kept = this.#prng.below(3);
    this.#note(['tear', letter.id, kept]);
    this.#arrive(letter, kept);
  }

  #apply(step: TrialStep): void {
    if (this.#judge.violated !== undefined) return;
    const [kind, subject] = step;
    switch (kind) {
      case 'propose': {
        const self = this.#committee.member(subject);
        if (this.#proposed.has(self)) return;
        this.#note(step);
        this.#propose(self);
        return;
      }
      case 'deliver':
      case 'tear': {
        const letter = this.#underWay.take(this.#underWay.find(subject));
        if (letter === undefined) return;
        this.#note(step);
        this.#arrive(letter, step[2]);
        return;
      }
      case 'inject': {
        const bytes = fromHex(step[3]);
        if (bytes !== undefined)
          this.#inject(this.#committee.member(subject), this.#committee.member(step[2]), bytes);
        return;
      }
      case 'retry': {
        const self = this.#committee.member(subject);
        const effects = this.#guarded(self, (machine) => this.#subject.retry?.(machine) ?? []);
        if (effects.length === 0) return;
        this.#note(step);
        this.#carry(self, effects);
      }
    }
  }

  #propose(self: NodeId): void {
    this.#proposed.add(self);
    this.#due = this.#due.filter((id) => id !== self);
    const input = this.#drawn[self];
    if (input === undefined) return;
    this.#judge.proposed(self, input);
    this.#tell(() => `p${self} proposes ${plain(input)}.`);
    this.#carry(
      self,
      this.#guarded(self, (machine) => machine.propose(input)),
    );
  }

  /** Hands a letter over. `kept`: how many effects are carried out before the member dies and comes back. */
  #arrive(letter: TrialLetter<Message>, kept?: number): void {
    const { from, to, carried } = letter;
    const { message } = carried;
    if (this.#isFaulty[to] === true) {
      this.#minded((mind) => mind.receive(to, from, message));
      return;
    }
    if (this.#restarts) this.#inbox[to]?.push(letter);
    this.#tell(() => `p${to} hears ${this.#text(message)} of ${this.#who(from)}.`);
    const effects = this.#guarded(to, (machine) => machine.handle(from, message));
    if (kept === undefined) this.#carry(to, effects);
    else {
      this.#carry(to, effects.slice(0, kept), true);
      this.#restart(to);
    }
  }

  /** Back with what it said and nothing else. Links deliver again what a member may have lost. */
  #restart(self: NodeId): void {
    this.#tell(() => `p${self} dies and comes back.`);
    this.#machines[self] = this.#machine(self);
    this.#judge.restarted(self);
    const said = this.#said[self] ?? [];
    const input = this.#judge.inputOf(self);
    this.#carry(
      self,
      this.#guarded(self, (machine) => machine.restore([...said])),
    );
    // Who asked it to propose asks again, unless it is seen to have done so.
    if (input !== undefined && said.length === 0)
      this.#carry(
        self,
        this.#guarded(self, (machine) => machine.propose(input)),
      );
    for (const message of said)
      this.#carry(
        self,
        this.#guarded(self, (machine) => machine.handle(self, message)),
      );
    const { linkUp, linksBreak = false } = this.#subject;
    if (linksBreak) this.#breakLinks(self);
    for (const peer of this.#correct) {
      if (peer === self || linkUp === undefined) continue;
      this.#carry(
        peer,
        this.#guarded(peer, (machine) => linkUp(machine, self)),
      );
      if (linksBreak)
        this.#carry(
          self,
          this.#guarded(self, (machine) => linkUp(machine, peer)),
        );
    }
    const inbox = this.#inbox[self]?.splice(0) ?? [];
    for (const { from, carried } of inbox)
      if (!linksBreak || this.#isFaulty[from] === true) this.#post(from, self, carried);
  }

  /** What is under way between this member and correct ones is lost. */
  #breakLinks(self: NodeId): void {
    this.#underWay.drop(({ from, to }) =>
      from === self ? this.#isFaulty[to] !== true : to === self && this.#isFaulty[from] !== true,
    );
  }

  /** Carries effects out. A member that is about to die does not come to hear itself. */
  #carry(self: NodeId, effects: Effects<Message, Output>, dying = false): void {
    for (const effect of effects) {
      if (this.#judge.violated !== undefined) return;
      if (effect.kind === 'output' || effect.kind === 'broadcast') this.#news += 1;
      if (effect.kind === 'output') this.#output(self, effect.output);
      else if (effect.kind === 'fault') this.#accuse(self, effect);
      else if (effect.kind === 'send') this.#send(self, effect.to, effect.message);
      else if (effect.kind === 'broadcast') this.#broadcast(self, effect.message, dying);
      this.#remember(self, effect);
    }
  }

  #broadcast(self: NodeId, message: Message, dying: boolean): void {
    const { contradicts } = this.#subject;
    const otherwise = contradicts && this.#said[self]?.find((earlier) => contradicts(earlier, message));
    if (otherwise !== undefined)
      this.#judge.violate(
        'say-once',
        `p${self} said ${this.#text(otherwise)} and says ${this.#text(message)}`,
      );
    this.#tell(() => `p${self} says ${this.#text(message)}.`);
    for (const to of this.#committee.ids) if (to !== self) this.#send(self, to, message);
    if (!dying)
      this.#carry(
        self,
        this.#guarded(self, (machine) => machine.handle(self, message)),
      );
  }

  #remember(self: NodeId, effect: Effect<Message, Output>): void {
    const said = this.#said[self] ?? [];
    if (this.#subject.remember !== undefined) this.#subject.remember(said, effect);
    else if (effect.kind === 'broadcast') said.push(effect.message);
  }

  #output(self: NodeId, output: Output): void {
    if (!this.#judge.output(self, output)) return;
    this.#tell(() => `p${self} outputs ${plain(output)}.`);
    this.#judge.look(false);
  }

  #accuse(self: NodeId, { accused, code }: { readonly accused: NodeId; readonly code: string }): void {
    this.#tell(() => `p${self} accuses p${accused} of ${code}.`);
    if (this.#isFaulty[accused] !== true)
      this.#judge.violate(
        'no-false-accusation',
        `p${self} accuses p${accused}, which is correct, of ${code}`,
      );
  }

  #send(from: NodeId, to: NodeId, message: Message): void {
    const carried = this.#carrier.of(message);
    if (carried === undefined)
      this.#judge.violate('codec', `${this.#text(message)} of p${from} does not survive encode and decode`);
    else this.#post(from, to, carried);
  }

  #inject(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    if (this.#isFaulty[from] !== true) return;
    if (this.#options.record === true) this.#steps.push(['inject', from, to, toHex(bytes)]);
    const carried = this.#carrier.ofBytes(bytes);
    if (carried !== undefined) this.#post(from, to, carried);
  }

  #post(from: NodeId, to: NodeId, carried: Carried<Message>): void {
    const { message, kind } = carried;
    this.#order += 1;
    const id = this.#named() ? this.#name(`${from}>${to} ${this.#text(message)}`) : '';
    const letter = { from, to, carried, kind, order: this.#order, id };
    this.#underWay.add(letter, this.#schedule.rank(letter, this.#count));
    this.#mind?.heard(from, to, message);
  }

  /** The same message gets the same name in every trial: what a shortened list of steps hangs on. */
  #name(text: string): string {
    const count = (this.#names.get(text) ?? 0) + 1;
    this.#names.set(text, count);
    return count === 1 ? text : `${text} #${count}`;
  }

  #named(): boolean {
    return this.#options.record === true || this.#options.replay !== undefined;
  }

  #note(step: TrialStep): void {
    this.#count += 1;
    if (this.#options.record === true) this.#steps.push(step);
  }

  /** Whatever a call throws is a finding: no message may make a machine throw. */
  #guarded(
    self: NodeId,
    call: (machine: Protocol<Input, Message, Output>) => Effects<Message, Output>,
  ): Effects<Message, Output> {
    const machine = this.#machines[self];
    assert(machine !== undefined, 'a machine for every member');
    try {
      return call(machine);
    } catch (error) {
      this.#judge.violate(
        'never-throws',
        `p${self}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return [];
    }
  }

  /** Liars run honest machines too, which must not throw either. */
  #minded(act: (mind: TrialMind<Message>) => void): void {
    if (this.#mind === undefined) return;
    try {
      act(this.#mind);
    } catch (error) {
      this.#judge.violate('never-throws', error instanceof Error ? error.message : String(error));
    }
  }

  #machine(self: NodeId): Protocol<Input, Message, Output> {
    this.#lives += 1;
    const { seed } = this.#options.scenario;
    const prng = new Prng(seed * 1_009 + self * 31 + this.#lives * 0x1_0001);
    return this.#subject.create({ committee: this.#committee, self, prng, seed });
  }

  #text(message: Message): string {
    return this.#subject.describe?.(message) ?? plain(message);
  }

  #who(id: NodeId): string {
    return this.#faulty.includes(id) ? `p${id}, a liar` : `p${id}`;
  }

  #tell(line: () => string): void {
    this.#options.tell?.(line());
  }
}
