// After how many message delays members deliver: whole members with their frames, in virtual time, over links each of which
// takes as long as it is told to. No clock: the figures are the same on every machine. npm run bench:delays -- [--write]
// [--json]; --write puts the table into docs/performance.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { rulesOf } from '../dist/broadcast/index.js';
import { encodeBatch, FramePacker } from '../dist/codec/index.js';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../dist/committee/index.js';
import { PayloadHasher } from '../dist/crypto/index.js';
import { nativeSha256 } from '../dist/node/index.js';
import { Host } from '../dist/simulator/index.js';

/** @import { CodedMessage } from '../dist/codec/index.js' */
/** @import { NodeId } from '../dist/committee/index.js' */
/** @import { Turn } from '../dist/simulator/index.js' */
/** @typedef {'early' | 'classic'} Form */
/** @typedef {'nobody' | 'silent' | 'sender'} Faulty */
/** A message of a liar: when it leaves, from whom, to whom. */
/** @typedef {{ at: number, from: NodeId, to: NodeId, body: CodedMessage }} Said */

const EPOCH = 1;
const hasher = new PayloadHasher(nativeSha256, new Uint8Array(32));
const payload = encodeBatch([Uint8Array.of(7)]);
const digest = hasher.digest(0, 1, payload);
const MEMBERS = [4, 5, 6, 7, 10, 16, 31];

/** Frames under way: those that arrive first come first, of equal ones those that left first. */
class Under {
  #takes;
  #order = 0;
  /** @type {{ at: number, order: number, from: NodeId, to: NodeId, frames: Uint8Array }[]} */
  #all = [];

  /** @param {(from: number, to: number) => number} takes */
  constructor(takes) {
    this.#takes = takes;
  }

  /** @param {number} at @param {NodeId} from @param {NodeId} to @param {Uint8Array} frames */
  leave(at, from, to, frames) {
    this.#order += 1;
    this.#all.push({ at: at + this.#takes(from, to), order: this.#order, from, to, frames });
  }

  next() {
    this.#all.sort((a, b) => a.at - b.at || a.order - b.order);
    return this.#all.shift();
  }
}

/**
 * When each correct member delivers the first message of member 0; by member, undefined for those that are not correct.
 * `faulty`: nobody; the last f members, who say nothing; or the sender and the last f - 1, who lie as below. `takes`: what
 * the link from one member to another takes, default 1.
 */
/** @param {number} n @param {{ form?: Form, faulty?: Faulty, takes?: (from: number, to: number) => number }} [how] */
export function deliveryTimes(n, { form = 'early', faulty = 'nobody', takes = () => 1 } = {}) {
  const committee = new Committee(n, faultyMax(n));
  const { f, ids } = committee;
  const sender = committee.member(0);
  const liars = faulty === 'nobody' ? [] : faulty === 'silent' ? ids.slice(n - f) : liarsOf(committee);
  const hosts = ids.map((self) =>
    liars.includes(self)
      ? undefined
      : new Host({ member: { committee, self, form, limits: LIMITS_DEFAULT, hasher }, epoch: EPOCH }),
  );
  /** @type {(number | undefined)[]} */
  const times = ids.map(() => undefined);
  const under = new Under(takes);
  /** @param {number} now @param {NodeId} self @param {Turn} turn */
  const carry = (now, self, turn) => {
    for (const { to, frames } of turn.sent) under.leave(now, self, to, frames);
    if (turn.delivered.length > 0) times[self] ??= now;
  };
  const run = () => {
    for (;;) {
      const next = under.next();
      if (next === undefined) return;
      const { at, from, to, frames } = next;
      const host = hosts[to];
      if (host === undefined) continue;
      const messages = host.decode(frames);
      carry(
        at,
        to,
        host.turn((member) => messages.flatMap((message) => [...member.handle(from, message)])),
      );
    }
  };
  // All links come up, and all have told that they are at the beginning, long before the broadcast.
  const longAgo = -1e9;
  for (const self of ids)
    for (const peer of ids) {
      const host = hosts[self];
      if (host === undefined || peer === self) continue;
      carry(
        longAgo,
        self,
        host.turn((member) => member.linkUp(peer)),
      );
      if (hosts[peer] === undefined) under.leave(longAgo, peer, self, framesOf(committee.n));
    }
  run();
  const said = faulty === 'sender' ? lies(committee, form) : [];
  for (const { at, from, to, body } of said) under.leave(at, from, to, framesOf(n, body));
  const first = hosts[sender];
  if (first !== undefined) {
    carry(
      0,
      sender,
      first.turn((member) => {
        member.submit(Uint8Array.of(7));
        return [];
      }),
    );
  }
  run();
  return times;
}

/** The sender, and the last f - 1 members. @param {Committee} committee */
function liarsOf({ ids, n, f }) {
  return [...ids.slice(0, 1), ...ids.slice(n - f + 1)];
}

/**
 * What makes it slowest: so few members get the payload that the liars' ECHOs are needed for a quorum, and one member alone
 * hears of those. Only that one is READY at first; with the liars' READYs it makes all others READY. With f = 1 and early
 * delivery the sender has no helper whose ECHO would count: then as many get the payload as make a quorum.
 */
/** @param {Committee} committee @param {Form} form @returns {Said[]} */
function lies(committee, form) {
  const liars = liarsOf(committee);
  const [sender = committee.member(0)] = liars;
  const correct = committee.ids.filter((id) => !liars.includes(id));
  const { echo, countsSenderEcho } = rulesOf(committee, form);
  const helpers = countsSenderEcho ? liars : liars.slice(1);
  const holders = correct.slice(0, echo - helpers.length);
  const [trusting = sender] = holders;
  /** @type {CodedMessage} */
  const initial = { kind: 'initial', payload };
  return [
    ...holders.map((to) => ({ at: 0, from: sender, to, body: initial })),
    ...helpers.map((from) => ({
      at: 1,
      from,
      to: trusting,
      body: /** @type {CodedMessage} */ ({ kind: 'echo', digest }),
    })),
    ...liars.flatMap((from) =>
      correct.map((to) => ({
        at: 2,
        from,
        to,
        body: /** @type {CodedMessage} */ ({ kind: 'ready', digest }),
      })),
    ),
  ];
}

/** Without `body`: that a member is at the beginning of everything. @param {number} n @param {CodedMessage} [body] */
function framesOf(n, body) {
  const packer = new FramePacker(EPOCH);
  const sender = new Committee(n, faultyMax(n)).member(0);
  if (body !== undefined) packer.add({ kind: 'instance', sender, instance: 1, body });
  else packer.add({ kind: 'status', bases: new Array(n).fill(1), resync: false });
  return packer.take();
}

/** The first and the last of them. @param {readonly (number | undefined)[]} times */
export function firstAndLast(times) {
  const known = times.filter((time) => time !== undefined);
  return { first: Math.min(...known), last: Math.max(...known) };
}

/** What is told of each committee. */
/** @type {readonly { name: string, form: Form, faulty: Faulty }[]} */
export const CASES = [
  { name: 'early, nobody faulty', form: 'early', faulty: 'nobody' },
  { name: 'early, f silent', form: 'early', faulty: 'silent' },
  { name: 'early, sender lies', form: 'early', faulty: 'sender' },
  { name: 'classic, nobody faulty', form: 'classic', faulty: 'nobody' },
  { name: 'classic, f silent', form: 'classic', faulty: 'silent' },
  { name: 'classic, sender lies', form: 'classic', faulty: 'sender' },
];

/** A row for each committee: when the first and the last correct member delivers, in message delays. */
export function table() {
  const rows = MEMBERS.map((n) => {
    const cells = CASES.map((one) => {
      const { first, last } = firstAndLast(deliveryTimes(n, one));
      return first === last ? `${first}` : `${first} to ${last}`;
    });
    return `| ${n} | ${cells.join(' | ')} |`;
  });
  const names = CASES.map(({ name }) => name);
  return [`| n | ${names.join(' | ')} |`, `|---|${names.map(() => '---|').join('')}`, ...rows].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--json')) {
    for (const n of MEMBERS)
      for (const one of CASES)
        console.log(JSON.stringify({ event: 'delays', n, ...one, ...firstAndLast(deliveryTimes(n, one)) }));
  } else console.log(table());
  if (process.argv.includes('--write')) {
    const file = new URL('../docs/performance/README.md', import.meta.url);
    const mark = /<!-- delays: written by bench\/delays.mjs -->\n(?:\n?\|.*\n)*/;
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(mark, `<!-- delays: written by bench/delays.mjs -->\n${table()}\n`));
  }
}
