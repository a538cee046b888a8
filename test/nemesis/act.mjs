// One act: a cluster, its load, its faults, and what came of it.
import { statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Crew } from './crew.mjs';
import { inflict, victimsOf, wiresOf } from './faults.mjs';
import { judge } from './verdict.mjs';

/** @import { DiskName } from '../process/orders.ts' */
/** @import { Act, ActResult, Fault, FaultKind } from './types.ts' */

/** Faults at work at the same time. */
const LANES = 2;
/** Between one fault of a lane and the next. */
const GAP_MS = 150;
/** After so many faults all is healed, and everybody has to catch up. */
const ROUND_FAULTS = 12;
/** How long the members may take for that. What it really takes is shown. */
const CALM_MS = 45_000;
/** From the start of a process until the node listens. */
const START_MS_MAX = 10_000;
/** In what time logs and traces have to be read, and a fifth of the act's besides. */
const JUDGE_MS = 60_000;
const POLL_MS = 50;

/** What the nemesis tells while it works. @typedef {(news: { event: string } & Record<string, unknown>, fault?: Fault) => void} Tell */

class Play {
  #crew;
  #act;
  #tell;
  #signal;
  #next = 0;
  #untilMs;
  /** @type {Partial<Record<FaultKind, number>>} */
  done = {};
  /** @type {string[]} */
  violations = [];
  slowestRecoveryMs = 0;

  /** @param {Crew} crew @param {Act} act @param {Tell} tell @param {AbortSignal} signal */
  constructor(crew, act, tell, signal) {
    this.#crew = crew;
    this.#act = act;
    this.#tell = tell;
    this.#signal = signal;
    this.#untilMs = performance.now() + act.seconds * 1_000;
  }

  get #over() {
    return this.#signal.aborted || this.violations.length > 0 || performance.now() >= this.#untilMs;
  }

  async run() {
    await Promise.all(this.#crew.members.map((member) => member.start()));
    await this.#calm();
    while (!this.#over) {
      const until = this.#next + ROUND_FAULTS;
      await Promise.all(Array.from({ length: LANES }, () => this.#lane(until)));
      await this.#calm();
    }
    if (this.violations.length > 0) return;
    await Promise.all(this.#crew.members.map((member) => member.rest()));
    await this.#calm();
  }

  /** @param {number} until */
  async #lane(until) {
    while (!this.#over && this.#next < until) {
      const fault = this.#act.faults[this.#next];
      if (fault === undefined) return;
      this.#next += 1;
      const needed = [...victimsOf(this.#crew, fault), ...wiresOf(this.#crew, fault)];
      while (needed.some((one) => busy.has(one))) await pause(POLL_MS);
      for (const one of needed) busy.add(one);
      this.#tell({ event: 'fault' }, fault);
      this.violations.push(...(await inflict(this.#crew, fault, this.#signal)));
      for (const one of needed) busy.delete(one);
      this.done[fault.kind] = (this.done[fault.kind] ?? 0) + 1;
      await pause(GAP_MS);
    }
  }

  /** Everything is healed now: what was accepted so far has to be delivered by every honest member. */
  async #calm() {
    const startedMs = performance.now();
    const { honest } = this.#crew;
    const goals = honest.map(({ id, lastAccepted }) => ({ id, seq: lastAccepted }));
    const deadline = startedMs + CALM_MS;
    for (;;) {
      const closed = honest.flatMap((member) => member.closedBecause);
      if (closed.length > 0) {
        this.violations.push(...closed);
        return;
      }
      const delivered = await this.#crew.delivered();
      const behind = delivered.findIndex(
        (of) => of === undefined || goals.some(({ id, seq }) => (of[id] ?? 0) < seq),
      );
      if (behind < 0) break;
      if (performance.now() > deadline) {
        const goal = goals.map(({ id, seq }) => `p${id}#${seq}`).join(', ');
        const statuses = await Promise.all(honest.map((member) => member.status()));
        const states = statuses.map(
          (status, i) => `${honest[i]?.name}: ${JSON.stringify(status) ?? 'no answer'}`,
        );
        this.violations.push(
          `${honest[behind]?.name} has not caught up with ${goal} ${CALM_MS / 1_000} s after all was healed\n${states.join('\n')}`,
        );
        return;
      }
      await pause(POLL_MS);
    }
    this.slowestRecoveryMs = Math.max(this.slowestRecoveryMs, performance.now() - startedMs);
    this.#tell({
      event: 'calm',
      ms: Math.round(performance.now() - startedMs),
      messages: sum(goals.map(({ seq }) => seq)),
    });
  }
}

/** Members and wires that a lane has for itself. @type {Set<object>} */
const busy = new Set();

/**
 * @param {string} dir of its own @param {number} members @param {Act} act @param {Tell} tell
 * @param {{ signal: AbortSignal, disk: DiskName }} options `disk`: what all members stand on
 * @returns {Promise<ActResult>}
 */
export async function perform(dir, members, act, tell, { signal, disk }) {
  const crew = await Crew.make(dir, members, act.liar, { disk, trace: true });
  const play = new Play(crew, act, tell, signal);
  let messages = 0;
  try {
    await play.run();
    tell({ event: 'judging' });
    const ms = JUDGE_MS + act.seconds * 200;
    const verdict = await Promise.race([
      judge(crew).catch((error) => ({ messages: 0, violations: [`cannot be judged: ${String(error)}`] })),
      pause(ms, { messages: 0, violations: [`could not be judged within ${ms / 1_000} s`] }, { ref: false }),
    ]);
    messages = verdict.messages;
    play.violations.push(...verdict.violations);
  } finally {
    await crew.end();
    busy.clear();
  }
  const { honest } = crew;
  const slowestStartMs = Math.max(...honest.map((member) => member.slowestStartMs));
  if (slowestStartMs > START_MS_MAX) play.violations.push(`a start took ${Math.round(slowestStartMs)} ms`);
  play.violations.push(...honest.flatMap(({ complaints }) => complaints));
  return {
    liar: act.liar,
    faults: play.done,
    messages,
    accepted: sum(honest.map(({ accepted }) => accepted.size)),
    restarts: sum(crew.members.map(({ lives }) => lives - 1)),
    slowestStartMs: Math.round(slowestStartMs),
    slowestRecoveryMs: Math.round(play.slowestRecoveryMs),
    traceBytes: sum(crew.traces().map((path) => statSync(path).size)),
    interrupted: signal.aborted,
    violations: play.violations,
  };
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
