// What somebody with a valid key can throw at a member, and what somebody without one can.
import { randomBytes } from 'node:crypto';
import {
  encodeBatch,
  encodeFrame,
  FRAME_HEADER_BYTES,
  FramePacker,
  WIRE_VERSION,
} from '../../dist/codec/index.js';

/** @import { ClusterDefinition } from '../../dist/node/index.js' */
/** @import { NodeId } from '../../dist/committee/index.js' */
/** @import { Digest } from '../../dist/crypto/index.js' */
/** @import { InstanceMessage, MemberMessage } from '../../dist/codec/index.js' */

/** Votes in what is written at once. */
const VOTES = 2_048;
const MESSAGES_FRAME = 16;

/** @typedef {{ cluster: ClusterDefinition, self: NodeId, bases: readonly number[] }} Aim what an attacker knows */
/** @typedef {(aim: Aim, turn: number) => Uint8Array} Attack bytes for the next turn; none: wait for the next one */

/** @returns {Digest} */
function freshDigest() {
  return /** @type {Digest} */ (new Uint8Array(randomBytes(32)));
}

/** @param {Aim} aim @param {number} sender @param {number} instance @param {InstanceMessage} body @returns {MemberMessage} */
function about({ cluster }, sender, instance, body) {
  return { kind: 'instance', sender: cluster.committee.member(sender), instance, body };
}

/** @param {Aim} aim @param {(packer: FramePacker) => void} fill */
function packed({ cluster }, fill) {
  const packer = new FramePacker(cluster.epoch);
  fill(packer);
  return packer.take();
}

/** @param {Aim} aim @param {(index: number, sender: number) => number} instanceOf @param {readonly ('echo' | 'ready' | 'done' | 'pull')[]} kinds */
function votes(aim, instanceOf, kinds) {
  const { n } = aim.cluster.committee;
  return packed(aim, (packer) => {
    for (let i = 0; i < VOTES; i += 1) {
      const kind = kinds[i % kinds.length] ?? 'echo';
      const sender = i % n;
      packer.add(about(aim, sender, instanceOf(i, sender), { kind, digest: freshDigest() }));
    }
  });
}

/** A frame whose length field says `length` and which has these bytes. @param {number} length @param {Uint8Array} body */
function frame(length, body) {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes[4] = WIRE_VERSION;
  bytes[5] = MESSAGES_FRAME;
  bytes.set(body, FRAME_HEADER_BYTES);
  return bytes;
}

/** Made once: what is to be fast is not making them. @type {Uint8Array | undefined} */
let questions;

/** With a valid key, over a link that is up. @type {Readonly<Record<string, Attack>>} */
export const MEMBER_ATTACKS = {
  /** Votes for every instance of every window, each for another digest. */
  votes: (aim, turn) =>
    votes(
      aim,
      (i, sender) => (aim.bases[sender] ?? 1) + ((turn * 7 + Math.floor(i / 4)) % aim.cluster.limits.window),
      ['echo', 'ready', 'done'],
    ),
  /** The same for instances that nobody will reach. */
  future: (aim) =>
    votes(aim, () => Number.MAX_SAFE_INTEGER - Math.floor(Math.random() * 2 ** 30), ['echo', 'ready']),
  /** The longest payloads, in every own instance, again and again with other bytes. */
  initials: (aim, turn) => {
    const { limits, epoch } = aim.cluster;
    const payload = encodeBatch([new Uint8Array(randomBytes(limits.payloadBytes))]);
    // Some instances get two stories soon, all get one.
    const instance = 1 + (turn % 2 === 0 ? (turn / 2) % 8 : turn % limits.window);
    return encodeFrame(epoch, about(aim, aim.self, instance, { kind: 'initial', payload }));
  },
  /** Batches of more elements than there are bytes, and frames of more messages. */
  elements: (aim, turn) => {
    const { epoch } = aim.cluster;
    if (turn % 2 === 0) {
      const payload = new Uint8Array(300_000);
      payload.set([0xff, 0xff]);
      return encodeFrame(epoch, about(aim, aim.self, 1 + (turn % 200), { kind: 'initial', payload }));
    }
    const body = new Uint8Array(2_000);
    new DataView(body.buffer).setUint32(0, epoch);
    body.set([0xff, 0xff], 4);
    return frame(body.length + 2, body);
  },
  /** Questions for payloads, the same again and again. */
  pulls: (aim) => {
    questions ??= votes(aim, (i) => 1 + (i % 64), ['pull']);
    return questions;
  },
  /** Requests to be sent everything from the start. */
  statuses: (aim) =>
    packed(aim, (packer) => {
      const bases = aim.cluster.committee.ids.map(() => 1);
      for (let i = 0; i < 512; i += 1) packer.add({ kind: 'status', bases, resync: true });
    }),
  /** A frame as long as a number can say. */
  giant: () => frame(0xffff_ffff, new Uint8Array(64)),
  /** A frame that is allowed, one byte at a time. */
  drip: (_, turn) => (turn === 0 ? frame(60_000, new Uint8Array(16)) : new Uint8Array(1)),
};

/** Without a key: what is written once to every new connection. @type {Readonly<Record<string, Uint8Array>>} */
export const STRANGER_ATTACKS = {
  /** Says nothing. */
  idle: new Uint8Array(0),
  /** The header of a TLS record of 512 bytes that never come. */
  'half-open': Uint8Array.of(0x16, 3, 1, 2, 0, 1),
  /** Speaks something else. */
  babble: Buffer.from('GET / HTTP/1.1\r\nHost: nobody\r\n\r\n'),
};

/** Attacks that wait between two turns, milliseconds. @type {Readonly<Record<string, number>>} */
export const PAUSE_MS = { drip: 1_000 };
