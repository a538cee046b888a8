import { fork } from 'node:child_process';
import { once } from 'node:events';
import { PerformanceObserver } from 'node:perf_hooks';

/** @import { Spent } from '../types.ts' */

/** @typedef {{ id: number, name: string, argument: unknown }} Question */
/** @typedef {{ id: number, value?: unknown, error?: string }} Answer */
/**
 * The functions of an interface, each of which may answer later.
 * @template Calls
 * @typedef {{ [Name in keyof Calls]: Calls[Name] extends (argument: infer Argument) => infer Value
 *   ? (argument: Argument) => Value | Promise<Value> : never }} Answers
 */

/** How long a process may take to end by itself. */
const STOP_MS = 5_000;

/** Milliseconds of the machine's monotonic clock: the same for every process on it. */
export function nowMs() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/**
 * Answers the questions of the process that forked this one, and ends with it.
 * @template Calls
 * @param {Answers<Calls>} answers
 */
export function serve(answers) {
  const table = /** @type {Record<string, (argument: unknown) => unknown>} */ (answers);
  process.on('message', async (/** @type {Question} */ { id, name, argument }) => {
    try {
      process.send?.({ id, value: await table[name]?.(argument) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    if (name === 'stop') process.disconnect();
  });
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit());
}

/**
 * A process that answers `Calls`.
 * @template Calls
 */
export class Helper {
  /** @type {Map<number, { resolve: (value: unknown) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #nextId = 1;
  #child;

  /** @param {URL} script @param {readonly string[]} [nodeFlags] */
  constructor(script, nodeFlags = []) {
    this.#child = fork(script, [], {
      execArgv: [...nodeFlags],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (/** @type {Answer} */ { id, value, error }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`a process ended: ${signal ?? code}`));
      this.#waiting.clear();
    });
  }

  /**
   * @template {keyof Calls & string} Name
   * @param {Name} name
   * @param {Calls[Name] extends (argument: infer Argument) => unknown ? Argument : never} argument
   * @returns {Promise<Calls[Name] extends (argument: never) => infer Value ? Value : never>}
   */
  ask(name, argument) {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(/** @type {never} */ (value)), reject });
      this.#child.send({ id, name, argument });
    });
  }

  /** Ends the process, by force if it does not by itself. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.send({ id: 0, name: 'stop', argument: undefined });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** Lets somebody wait for the next `notify`. */
export class Bell {
  #ring = () => undefined;
  #rung = Promise.resolve();

  constructor() {
    this.#arm();
  }

  notify() {
    this.#ring();
    this.#arm();
  }

  wait() {
    return this.#rung;
  }

  #arm() {
    this.#rung = new Promise((resolve) => {
      this.#ring = () => void resolve();
    });
  }
}

/** Calls `begin` at a steady rate and returns when each call was made. */
/** @param {{ perSecond: number, count: number }} pace @param {(index: number) => void} begin */
export async function steadily({ perSecond, count }, begin) {
  const startMs = nowMs();
  /** @type {number[]} */
  const begun = [];
  for (let index = 0; index < count; index += 1) {
    const dueMs = startMs + (index * 1_000) / perSecond;
    while (nowMs() < dueMs) await new Promise((resolve) => setTimeout(resolve, dueMs - nowMs()));
    begun.push(nowMs());
    begin(index);
  }
  return begun;
}

let gcMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMs += duration;
}).observe({ entryTypes: ['gc'] });

/** What this process has spent so far; the rest is for a member to add. @returns {Spent} */
export function spent() {
  const { user, system } = process.cpuUsage();
  const none = { syncs: 0, syncMs: 0, sentBytes: 0, messages: 0 };
  return { cpuMs: (user + system) / 1_000, gcMs, rss: process.memoryUsage.rss(), ...none };
}
