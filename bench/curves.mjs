// What one broadcast costs as committees grow: messages, bytes and processor time of whole members, with their frames,
// digests and signatures, without sockets and disks. The counts are the same on every machine. Shown by
// npm run bench:core -- --curves
import { FRAME_HEADER_BYTES, FrameCursor } from '../dist/codec/index.js';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../dist/committee/index.js';
import { PayloadHasher } from '../dist/crypto/index.js';
import { generateIdentity, nativeSha256 } from '../dist/node/index.js';
import { Host } from '../dist/simulator/index.js';

/** @import { NodeId } from '../dist/committee/index.js' */
/** @import { Turn } from '../dist/simulator/index.js' */
/** @typedef {{ from: NodeId, frames: Uint8Array }} Letter */
/**
 * @typedef {object} Cost Of one broadcast, by all members together, reports of progress left out of the messages.
 * @property {number} messages
 * @property {number} bytes Of frames.
 * @property {number} microsEach Processor time of one member.
 */

export const CURVE_MEMBERS = [4, 7, 16, 31, 64, 128];
const EPOCH = 1;
/** Fewer than a quarter of the window: nobody reports progress meanwhile. */
export const AT_ONCE = 32;

/** A committee all of whose links are up; `broadcast` lets member 0 say something and returns when all is quiet. */
class Curve {
  #committee;
  #hosts;
  #cursor;
  /** By member: what arrived for its next turn. @type {Letter[][]} */
  #inboxes;
  messages = 0;
  bytes = 0;
  delivered = 0;

  /** @param {number} n */
  constructor(n) {
    const committee = new Committee(n, faultyMax(n));
    const hasher = new PayloadHasher(nativeSha256, new Uint8Array(32));
    const limits = { ...LIMITS_DEFAULT, messagesPerInstance: 1 };
    const identity = generateIdentity('p0');
    this.#committee = committee;
    this.#cursor = new FrameCursor({ committee, limits, epoch: EPOCH });
    this.#hosts = committee.ids.map((self) => {
      const sign = self === 0 ? { sign: (/** @type {Uint8Array} */ text) => identity.sign(text) } : {};
      return new Host({ member: { committee, self, form: 'early', limits, hasher, ...sign }, epoch: EPOCH });
    });
    this.#inboxes = committee.ids.map(() => []);
    for (const [index, host] of this.#hosts.entries()) {
      const self = committee.member(index);
      for (const peer of committee.ids)
        if (peer !== self)
          this.#carry(
            self,
            host.turn((member) => member.linkUp(peer)),
          );
    }
    this.#settle();
  }

  /** @param {number} count @param {number} bytes Of each message. */
  broadcast(count, bytes) {
    const [host] = this.#hosts;
    if (host === undefined) throw new Error('a committee has members');
    const turn = host.turn((member) => {
      for (let i = 0; i < count; i += 1) member.submit(new Uint8Array(bytes).fill(i));
      return [];
    });
    this.#carry(this.#committee.member(0), turn);
    this.#settle();
  }

  /** Everybody reports progress. */
  tick() {
    for (const [index, host] of this.#hosts.entries())
      this.#carry(
        this.#committee.member(index),
        host.turn((member) => member.tick()),
      );
    this.#settle();
  }

  /** Turns, of each member in its order, until nothing is under way. */
  #settle() {
    while (this.#inboxes.some((inbox) => inbox.length > 0)) {
      for (const [index, host] of this.#hosts.entries()) {
        const letters = this.#inboxes[index] ?? [];
        if (letters.length === 0) continue;
        this.#inboxes[index] = [];
        this.#carry(this.#committee.member(index), this.#hear(host, letters));
      }
    }
  }

  /** One turn, as the node takes it. @param {Host} host @param {readonly Letter[]} letters */
  #hear(host, letters) {
    const cursor = this.#cursor;
    return host.turn((member) => {
      const effects = [];
      for (const { from, frames } of letters) {
        for (let at = 0; at < frames.length; ) {
          const end = at + 4 + new DataView(frames.buffer, frames.byteOffset + at).getUint32(0);
          const error = cursor.open(frames, at + FRAME_HEADER_BYTES, end);
          if (error !== undefined) throw new Error(error);
          while (cursor.next()) {
            const { vote } = cursor;
            const message = vote === undefined ? cursor.message() : undefined;
            if (message?.kind !== 'status') this.messages += 1;
            if (vote !== undefined && member.vote !== undefined) effects.push(...member.vote(from, vote));
            else if (message !== undefined) effects.push(...member.handle(from, message));
          }
          at = end;
        }
      }
      return effects;
    });
  }

  /** @param {NodeId} from @param {Turn} turn */
  #carry(from, { sent, delivered }) {
    this.delivered += delivered.length;
    for (const { to, frames } of sent) {
      this.bytes += frames.length;
      this.#inboxes[to]?.push({ from, frames });
    }
  }
}

/** @param {number} n @param {{ atOnce: number, size: number, rounds: number }} how @returns {Cost} */
export function costOf(n, { atOnce, size, rounds }) {
  const curve = new Curve(n);
  /** Once without being counted, for the engine to compile it. */
  curve.broadcast(atOnce, size);
  curve.tick();
  const before = { messages: 0, bytes: 0, delivered: curve.delivered };
  let spentMicros = 0;
  for (let round = 0; round < rounds; round += 1) {
    const [messages, bytes] = [curve.messages, curve.bytes];
    const started = process.cpuUsage();
    curve.broadcast(atOnce, size);
    const { user, system } = process.cpuUsage(started);
    spentMicros += user + system;
    before.messages += curve.messages - messages;
    before.bytes += curve.bytes - bytes;
    curve.tick();
  }
  const broadcasts = rounds * atOnce;
  if (curve.delivered - before.delivered !== n * broadcasts) throw new Error('not all members delivered');
  return {
    messages: before.messages / broadcasts,
    bytes: before.bytes / broadcasts,
    microsEach: spentMicros / broadcasts / n,
  };
}
