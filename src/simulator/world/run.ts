import type { NodeId } from '../../committee/index.ts';
import type { Sha256 } from '../../crypto/index.ts';
import { type Member, senderBytesMax } from '../../member/index.ts';
import { type CheckContext, Judge, type Verdict } from '../checker/index.ts';
import type { Decision } from '../decision.ts';
import type { CrashPoint, TraceEvent } from '../event.ts';
import { committeeOf } from './committees.ts';
import type { MindFactory } from './mind.ts';
import { type Scenario, settingsOf } from './scenario.ts';
import { World } from './world.ts';

/** Decisions of the first phase at most: enough for every broadcast of the small scenarios, several times over. */
const STEPS_PER_MESSAGE = 60;
/** Times that a mind may act in a run. */
const ACTS_MAX = 60;
/** Rounds of ticks without a new statement after which nothing new will come: more than two requests to resync. */
const CALM_ROUNDS = 64;
/** The same where members may have to skip: they wait, then ask about one instance after another. */
const CALM_ROUNDS_SKIPPING = 520;
/** Decisions of the second phase at most, and for each pair of members: a run that needs more is undecided. */
const HEAL_STEPS_MIN = 200_000;
const HEAL_STEPS_PER_PAIR = 3_000;

/** The process ends, or the machine does. */
const CRASH_POINTS: readonly CrashPoint[] = ['before-sync', 'torn', 'after-sync'];
/** Its disk makes it end: it could not sync, or there was no room. */
const DISK_POINTS: readonly CrashPoint[] = ['disk', 'full'];

/** How to run a scenario. */
export interface RunOptions {
  readonly scenario: Scenario;
  readonly sha256: Sha256;
  readonly mind?: MindFactory;
  /** Told of every event; with it the run is recorded in full. */
  readonly observe?: (event: TraceEvent) => void;
  /** Instead of chance, and of the mind: these decisions, and then a fair completion. */
  readonly replay?: readonly Decision[];
}

/** What a run gave. */
export interface RunResult {
  readonly verdicts: readonly Verdict[];
  /** The first violated property; undefined if none is. */
  readonly violated: Verdict | undefined;
  readonly quiescent: boolean;
  /** Decisions carried out. */
  readonly steps: number;
  readonly events: number;
  /** What was decided, if the run was recorded. */
  readonly decisions: readonly Decision[];
}

/**
 * Runs a scenario: first with everything that chance and lies may do, then healed, until nothing new can come. The
 * same options give the same run.
 */
export function run(options: RunOptions): RunResult {
  return new Run(options).run();
}

/** What the checkers are told of a scenario. */
export function checkContext(scenario: Scenario): CheckContext {
  const { n, f, faulty, limits, keeps } = scenario;
  const bytesMax = senderBytesMax(committeeOf(n, f), limits, settingsOf(scenario).coding);
  return { n, f, faulty: new Set(faulty), window: limits.window, bytesMax, maySkip: keeps !== undefined };
}

class Run {
  readonly #options: RunOptions;
  readonly #world: World;
  readonly #judge: Judge;
  readonly #decisions: Decision[] = [];
  readonly #recorded: boolean;
  readonly #pairs: readonly (readonly [NodeId, NodeId])[];
  #steps = 0;
  /** Decisions when a member last said or delivered something. */
  #lastNews = 0;
  #acts = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#recorded = options.observe !== undefined;
    this.#judge = new Judge(checkContext(options.scenario));
    this.#world = new World({
      scenario: options.scenario,
      sha256: options.sha256,
      // What its members sent stands among the decisions.
      mind: options.replay === undefined ? options.mind : undefined,
      recorded: this.#recorded || options.replay !== undefined,
      observe: (event) => {
        if (event.e === 'say' || event.e === 'deliver' || event.e === 'skip') this.#lastNews = this.#steps;
        this.#judge.see(event);
        options.observe?.(event);
      },
    });
    const { ids } = this.#world.committee;
    this.#pairs = ids.flatMap((a) => ids.slice(a + 1).map((b) => [a, b] as const));
  }

  run(): RunResult {
    if (this.#options.replay === undefined) this.#unfold();
    else for (const decision of this.#options.replay) this.#apply(decision);
    const quiescent = !this.#judge.violated && this.#complete();
    this.#judge.see({ e: 'end', t: this.#world.now, quiescent });
    this.#options.observe?.({ e: 'end', t: this.#world.now, quiescent });
    const verdicts = this.#judge.verdicts();
    return {
      verdicts,
      violated: verdicts.find(({ finding }) => finding === 'violated'),
      quiescent,
      steps: this.#steps,
      events: this.#judge.events,
      decisions: this.#decisions,
    };
  }

  #apply(decision: Decision, letter?: number): boolean {
    const applied = this.#world.apply(decision, letter);
    if (applied) this.#steps += 1;
    if (applied && this.#recorded) this.#decisions.push(decision);
    this.#noteInjected();
    return applied;
  }

  #deliverNext(): void {
    const index = this.#world.pick();
    this.#steps += 1;
    if (this.#recorded) this.#apply(['deliver', this.#world.underWay.idAt(index)], index);
    else this.#world.deliver(index);
  }

  /** What faulty members sent while others acted, or on their own: decisions like any other. */
  #noteInjected(): void {
    if (this.#world.injected.length === 0) return;
    this.#decisions.push(...this.#world.injected);
    this.#world.injected = [];
  }

  #unfold(): void {
    const { scenario, prng, committee, submissions } = this.#world;
    for (const [a, b] of this.#pairs) this.#apply(['up', a, b]);
    const limit = STEPS_PER_MESSAGE * scenario.n * scenario.n * Math.max(1, scenario.broadcasts);
    for (let step = 0; step < limit && !this.#judge.violated; step += 1) {
      const { underWay } = this.#world;
      if (this.#disturb()) continue;
      const { due } = submissions;
      if (due.length > 0 && (underWay.size === 0 || prng.chance(1, 6)))
        this.#apply(['submit', prng.pick(due)]);
      else if (this.#acts < ACTS_MAX && scenario.faulty.length > 0 && prng.chance(1, 5)) this.#act();
      else if (underWay.size > 0 && !prng.chance(1, 64)) this.#deliverNext();
      else if (underWay.size === 0 && due.length === 0 && this.#acts >= ACTS_MAX) return;
      else if (underWay.size === 0 && due.length === 0 && scenario.faulty.length === 0) return;
      else this.#apply(['tick', prng.pick(committee.ids)]);
    }
  }

  #act(): void {
    this.#acts += 1;
    this.#world.actMind();
    this.#noteInjected();
  }

  /** One of the faults of this scenario, now and then. */
  #disturb(): boolean {
    const { scenario, prng, committee, correct } = this.#world;
    const { crashes, disks, cuts, partition } = scenario.chaos;
    if (!crashes && !disks && !cuts && !partition) return false;
    const dice = prng.below(400);
    if (crashes && dice < 2) return this.#apply(['crash', prng.pick(correct), prng.pick(CRASH_POINTS)]);
    if (disks && dice === 2) return this.#apply(['crash', prng.pick(correct), prng.pick(DISK_POINTS)]);
    if ((crashes || disks) && dice < 12) return this.#revive(prng.pick(correct));
    if (cuts && dice < 18) return this.#apply(['down', prng.pick(committee.ids), prng.pick(committee.ids)]);
    if (cuts && dice < 40) return this.#apply(['up', prng.pick(committee.ids), prng.pick(committee.ids)]);
    if (partition && dice === 40) return this.#split();
    if (partition && dice < 44)
      return this.#apply(['up', prng.pick(committee.ids), prng.pick(committee.ids)]);
    if (disks && dice >= 396) return this.#apply(['room', prng.pick(correct)]);
    return false;
  }

  #revive(id: NodeId): boolean {
    if (!this.#apply(['restart', id])) return false;
    for (const peer of this.#world.committee.ids) this.#apply(['up', id, peer]);
    return true;
  }

  /** Cuts every link between two random halves. */
  #split(): boolean {
    const { prng, committee } = this.#world;
    const side = committee.ids.map(() => prng.chance(1, 2));
    for (const [a, b] of this.#pairs) if (side[a] !== side[b]) this.#apply(['down', a, b]);
    return true;
  }

  /** Heals everything and runs on until nothing new can come. True if that point was reached. */
  #complete(): boolean {
    const world = this.#world;
    this.#apply(['heal']);
    for (const id of world.committee.ids) this.#apply(['restart', id]);
    for (const [a, b] of this.#pairs) this.#apply(['up', a, b]);
    for (const id of world.committee.ids) while (this.#apply(['submit', id]));
    const end = this.#steps + Math.max(HEAL_STEPS_MIN, HEAL_STEPS_PER_PAIR * world.scenario.n ** 2);
    const rounds = world.scenario.keeps === undefined ? CALM_ROUNDS : CALM_ROUNDS_SKIPPING;
    for (let calm = 0; calm < rounds; calm += 1) {
      const newsBefore = this.#lastNews;
      while (world.underWay.size > 0) {
        this.#deliverNext();
        if (this.#judge.violated) return false;
        if (this.#steps > end) return false;
      }
      if (calm > 1 && this.#idle()) return true;
      for (const id of world.committee.ids) this.#apply(['tick', id]);
      if (this.#lastNews !== newsBefore) calm = -1;
    }
    return true;
  }

  /** Nothing is open or waits at any correct member, and all agree how far they are: further ticks change nothing. */
  #idle(): boolean {
    const [first, ...others] = this.#world.correct.map((id) => this.#world.host(id).member);
    if (first === undefined) return true;
    if (first.pending.messages > 0 || others.some(({ pending }) => pending.messages > 0)) return false;
    return this.#world.committee.ids.every((sender) => {
      const { open, base } = first.held(sender);
      return open === 0 && others.every((member) => isAt(member.held(sender), base));
    });
  }
}

function isAt(held: ReturnType<Member['held']>, base: number): boolean {
  return held.open === 0 && held.base === base;
}
