// What is said of an act: from the members' own logs, and from what each recorded of itself and of the others.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { checkTraces, parseTrace } from '../../dist/simulator/index.js';

/** @import { Crew } from './crew.mjs' */
/** @import { HistoryEntry } from '../process/orders.ts' */
/** @import { Trace, TraceEvent } from '../../dist/simulator/index.js' */

/** @typedef {readonly (readonly HistoryEntry[])[]} History what a member's log says, by sender */
/** @typedef {{ node: number, trace: Trace, history: History }} Testimony of one member */

/** How long the last messages of a liar may take to be the same everywhere. */
const EVEN_MS = 30_000;
const POLL_MS = 100;
/** What the checkers read; the rest of a trace is many times as long. */
const READ = new Set(['say', 'deliver', 'fault', 'submit', 'crash', 'restart', 'broken', 'end']);

/** Judges what honest members of a healed crew delivered, said and saw. @param {Crew} crew */
export async function judge(crew) {
  const violations = [];
  if (!(await even(crew))) violations.push('the honest members did not come to the same numbers of messages');
  const { honest } = crew;
  const asked = async (/** @type {'log' | 'history'} */ what) =>
    Promise.all(honest.map(({ life }) => life?.ask(what, {})));
  const logs = /** @type {(readonly (readonly string[])[])[]} */ (await asked('log'));
  violations.push(...compareLogs(logs, honest));
  const histories = /** @type {History[]} */ (await asked('history'));
  // Their traces end with them.
  await Promise.all(honest.map(({ life }) => life?.ask('close', {}).then(() => life.ended)));
  const witness = new Witness(honest.map(({ id }) => id));
  const testimonies = await Promise.all(
    honest.map(async ({ id, traceFile }, index) => {
      const trace = await readTrace(traceFile, (event) => witness.see(event));
      return { node: id, trace, history: histories[index] ?? [] };
    }),
  );
  violations.push(...witness.contradictions, ...checkTestimonies(testimonies, crew.members.length));
  return { messages: logs[0]?.reduce((total, { length }) => total + length, 0) ?? 0, violations };
}

/** Waits until all honest members delivered equally much. @param {Crew} crew */
async function even(crew) {
  for (let ms = 0; ms < EVEN_MS; ms += POLL_MS) {
    const [first, ...rest] = (await crew.delivered()).map((of) => of?.join());
    if (first !== undefined && rest.every((of) => of === first)) return true;
    await pause(POLL_MS);
  }
  return false;
}

/**
 * The delivered logs are the same, and hold whatever a member called accepted.
 * @param {readonly (readonly (readonly string[])[])[]} logs by member and sender: digests
 * @param {readonly { name: string, id: number, accepted: ReadonlyMap<number, string> }[]} members
 */
export function compareLogs(logs, members) {
  const found = [];
  for (const [index, log] of logs.entries()) {
    for (const [sender, digests] of log.entries()) {
      const first = logs[0]?.[sender] ?? [];
      const length = Math.max(first.length, digests.length);
      const at = Array.from({ length }, (_, i) => i).find((i) => first[i] !== digests[i]);
      if (at === undefined) continue;
      const values = `${members[0]?.name} delivered ${first[at]?.slice(0, 8)}, ${members[index]?.name} ${digests[at]?.slice(0, 8)}`;
      found.push(`agreement: p${sender}#${at + 1}: ${values}`);
    }
  }
  for (const { name, id, accepted } of members) {
    for (const [seq, digest] of accepted) {
      if (logs[0]?.[id]?.[seq - 1] !== digest)
        found.push(`durability: ${name}#${seq} was accepted and is lost`);
    }
  }
  return found.slice(0, 10);
}

/**
 * Remembers, over all lives of all honest members, what each was told by each other one: on the wire, where it counts.
 */
export class Witness {
  /** @type {string[]} */
  contradictions = [];
  #said = new Map();
  #told = new Set();
  #honest;

  /** @param {readonly number[]} honest */
  constructor(honest) {
    this.#honest = new Set(honest);
  }

  /** @param {TraceEvent} event */
  see(event) {
    if (event.e !== 'recv' || !this.#honest.has(event.peer)) return;
    const { peer, kind, sender, instance, digest } = event;
    if (kind !== 'initial' && kind !== 'echo' && kind !== 'ready') return;
    const place = `${kind} of p${peer} in instance ${instance} of p${sender}`;
    const earlier = this.#said.get(place);
    if (earlier === undefined) this.#said.set(place, digest);
    else if (this.#told.has(place)) return;
    else if (earlier !== digest) {
      this.#told.add(place);
      this.contradictions.push(`say-once: ${place} was for ${earlier}, then for ${digest}`);
    }
  }
}

/**
 * The simulator's checkers over what members recorded. What a crash kept from a member's trace stands in its log.
 * @param {readonly Testimony[]} testimonies of the honest members @param {number} members
 */
export function checkTestimonies(testimonies, members) {
  const honest = testimonies.map(({ node }) => node);
  const faulty = Array.from({ length: members }, (_, id) => id).filter((id) => !honest.includes(id));
  const traces = testimonies.map(completed);
  return checkTraces(traces, faulty)
    .filter(({ finding }) => finding !== 'holds')
    .map(
      ({ property, finding, note }) =>
        `${property} ${finding === 'violated' ? 'is violated' : 'is not shown'}: ${note}`,
    );
}

/**
 * A trace with what its member's log knows and it does not: the last turn before each crash.
 * @param {Testimony} testimony @returns {Trace}
 */
function completed({ node, trace, history }) {
  const said = new Set();
  for (const event of trace.events) {
    if (event.e === 'say') said.add(`${event.statement} ${event.sender} ${event.instance} ${event.digest}`);
  }
  /** @type {TraceEvent[]} */
  const events = [];
  for (const [sender, entries] of history.entries()) {
    for (const [index, { echo }] of entries.entries()) {
      const statements = sender === node ? ['initial', 'echo'] : ['echo'];
      for (const statement of statements) {
        if (echo === undefined || said.has(`${statement} ${sender} ${index + 1} ${echo}`)) continue;
        events.push(
          /** @type {TraceEvent} */ ({
            e: 'say',
            t: 0,
            node,
            statement,
            sender,
            instance: index + 1,
            digest: echo,
          }),
        );
      }
    }
  }
  const next = history.map(() => 1);
  const crashed = history.map(() => false);
  /** @param {number} sender @param {number} until */
  const fill = (sender, until) => {
    for (let instance = next[sender] ?? 1; instance < until; instance += 1) {
      const entry = history[sender]?.[instance - 1];
      if (entry === undefined) return;
      const { digest, firstSeq, count } = entry;
      events.push(
        /** @type {TraceEvent} */ ({ e: 'deliver', t: 0, node, sender, instance, digest, firstSeq, count }),
      );
    }
  };
  for (const event of trace.events) {
    if (event.e === 'crash') crashed.fill(true);
    if (event.e === 'deliver') {
      if (crashed[event.sender] === true) fill(event.sender, event.instance);
      crashed[event.sender] = false;
      next[event.sender] = event.instance + 1;
    }
    events.push(event);
  }
  for (const [sender, entries] of history.entries()) {
    if (crashed[sender] === true) fill(sender, entries.length + 1);
  }
  return { header: trace.header, events };
}

/**
 * Reads a trace line by line, keeps what checkers read and shows all of it to `see`.
 * @param {string} path @param {(event: TraceEvent) => void} see @returns {Promise<Trace>}
 */
async function readTrace(path, see) {
  const kept = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const kind = /^\{"e":"(\w[\w-]*)"/.exec(line)?.[1];
    if (kind === undefined || READ.has(kind)) kept.push(line);
    else if (kind === 'recv') {
      // A line that a crash cut short tells nothing.
      if (line.endsWith('}')) see(JSON.parse(line));
    }
  }
  // What ends in the middle of a line was cut short by a crash.
  const parsed = parseTrace(`${kept.join('\n')}${kept.at(-1)?.endsWith('}') === true ? '\n' : ''}`);
  if (parsed.ok) return { header: parsed.header, events: parsed.events };
  throw new Error(`${path}, line ${parsed.line} of those that count: ${parsed.error}`);
}
