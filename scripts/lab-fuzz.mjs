// Bytes that are almost right, by the million, for everything that reads what others wrote: frames of messages,
// batches, the words of a link, records of the log. Nothing may throw, and what is accepted must encode to itself.
// A worker of `lab.mjs`; by hand: node scripts/lab-fuzz.mjs [inputs] [seed]
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { decodeBracha87 } from '../dist/agreement/index.js';
import { bytesEqual, fromHex, Prng, toHex } from '../dist/base/index.js';
import {
  decodeAgreementFrame,
  decodeBatch,
  decodeHandshake,
  decodeMessages,
  encodeAgreementFrames,
  encodeBatch,
  encodeEnd,
  encodeHandshake,
  FRAME_HEADER_BYTES,
  FramePacker,
  groupSealBytes,
  sealOf,
  successorOf,
  writeGroupSeal,
} from '../dist/codec/index.js';
import { Committee, LIMITS_DEFAULT } from '../dist/committee/index.js';
import { decodeBody, recordBytes, writeBody } from '../dist/node/store/record.js';

/** @typedef {{ name: string, corpus: readonly Uint8Array[], read: (bytes: Uint8Array) => Uint8Array | undefined }} Reader */
/** @typedef {{ name: string, inputs: number, accepted: number, bad: string[] }} Outcome */

/** @param {string} name @returns {Uint8Array[]} */
function vectors(name) {
  const text = readFileSync(new URL(`../test/golden/${name}.json`, import.meta.url), 'utf8');
  return [...text.matchAll(/"frame": "([0-9a-f]+)"/g)].map(([, hex]) => {
    const bytes = fromHex(hex ?? '');
    if (bytes === undefined) throw new Error(`${name}.json holds what is no hexadecimal: ${hex}`);
    return bytes;
  });
}

const BOUNDS = {
  committee: new Committee(4, 1),
  limits: { ...LIMITS_DEFAULT, payloadBytes: 64, messagesPerInstance: 5 },
  epoch: 0x0a0b0c0d,
};
/** Of a batch that is the second of two with one signature. */
const GROUP_SEAL = new Uint8Array(groupSealBytes(2));
writeGroupSeal(GROUP_SEAL, { index: 1, count: 2, proof: new Uint8Array(32) }, new Uint8Array(64));
const RECORD_KINDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Bytes before a record's body. */
const HEAD = 25;
/** Where the kind of a frame stands, behind length and version. */
const KIND_AT = 5;
const packer = new FramePacker(BOUNDS.epoch);
/** The kind of a record, which stands before its body here. @param {Uint8Array} bytes */
function record(bytes) {
  const kind = bytes[0] ?? 0;
  const read = decodeBody(kind, bytes.subarray(1), BOUNDS.committee);
  if (read === undefined) return undefined;
  const body = Buffer.alloc(recordBytes(read) - HEAD);
  writeBody({ bytes: body, view: new DataView(body.buffer, body.byteOffset, body.length) }, 0, read);
  return Uint8Array.of(kind, ...body);
}

/** @type {readonly Reader[]} */
const READERS = [
  {
    name: 'messages',
    corpus: vectors('messages').map((frame) => frame.subarray(FRAME_HEADER_BYTES)),
    read: (bytes) => {
      const decoded = decodeMessages(bytes, BOUNDS);
      if (!decoded.ok) return undefined;
      for (const message of decoded.value) packer.add(message);
      return packer.take().subarray(FRAME_HEADER_BYTES);
    },
  },
  {
    name: 'batches',
    corpus: [
      encodeEnd(new Uint8Array(32).fill(0x2e)),
      ...[[0], [5, 0, 1], [64], [10, 20, 30]].map((lengths) =>
        encodeBatch(lengths.map((length) => new Uint8Array(length).fill(0x2e))),
      ),
    ],
    read: (bytes) => {
      const decoded = decodeBatch(bytes, BOUNDS.limits);
      if (!decoded.ok) return undefined;
      const successor = successorOf(bytes);
      if (successor === undefined) return encodeBatch(decoded.value, sealOf(bytes));
      const end = encodeEnd(successor);
      end.set(sealOf(bytes), end.length - sealOf(bytes).length);
      return end;
    },
  },
  {
    name: 'handshakes',
    corpus: vectors('handshake').map((frame) => frame.subarray(KIND_AT)),
    read: (bytes) => {
      const decoded = decodeHandshake(bytes[0] ?? 0, bytes.subarray(1));
      return decoded.ok ? encodeHandshake(decoded.value).subarray(KIND_AT) : undefined;
    },
  },
  {
    name: 'agreements',
    corpus: vectors('agreement').map((frame) => frame.subarray(FRAME_HEADER_BYTES)),
    read: (bytes) => {
      const decoded = decodeAgreementFrame(bytes, BOUNDS.epoch);
      if (!decoded.ok) return undefined;
      for (const { body } of decoded.value) decodeBracha87(body, BOUNDS.committee);
      return encodeAgreementFrames(BOUNDS.epoch, decoded.value).subarray(FRAME_HEADER_BYTES);
    },
  },
  {
    name: 'records',
    corpus: RECORD_KINDS.flatMap((kind) =>
      [8, 18, 26, 42, 50, 54, 55, 90].map((length) => Uint8Array.of(kind, ...new Uint8Array(length).fill(1))),
    ),
    read: record,
  },
];

const INTERESTING = [0, 1, 2, 4, 5, 6, 15, 16, 17, 0x20, 0x7f, 0x80, 0xfe, 0xff];
const SCRATCH = new Uint8Array(1024);

/** One of the corpus with up to four small things wrong; a view of SCRATCH. @param {Prng} prng @param {readonly Uint8Array[]} corpus */
function mutated(prng, corpus) {
  const original = prng.pick(corpus);
  SCRATCH.set(original);
  let { length } = original;
  for (let changes = 1 + prng.below(4); changes > 0; changes -= 1) {
    const at = prng.below(Math.max(1, length));
    switch (prng.below(7)) {
      case 0:
        SCRATCH[at] = (SCRATCH[at] ?? 0) ^ (1 << prng.below(8));
        break;
      case 1:
        SCRATCH[at] = prng.pick(INTERESTING);
        break;
      case 2:
        SCRATCH[at] = (SCRATCH[at] ?? 0) + (prng.chance(1, 2) ? 1 : -1);
        break;
      case 3:
        length = at;
        break;
      case 4: {
        const tail = prng.pick(corpus);
        const from = prng.below(Math.max(1, tail.length));
        const part = tail.subarray(from, from + SCRATCH.length - at);
        SCRATCH.set(part, at);
        length = at + part.length;
        break;
      }
      case 5: {
        const gap = Math.min(length, at + 1 + prng.below(4));
        SCRATCH.copyWithin(at, gap, length);
        length -= gap - at;
        break;
      }
      default:
        if (length === SCRATCH.length) break;
        SCRATCH.copyWithin(at + 1, at, length);
        SCRATCH[at] = prng.below(256);
        length += 1;
    }
  }
  return SCRATCH.subarray(0, length);
}

/** @param {Reader} reader @param {number} inputs @param {number} seed @returns {Outcome} */
function fuzz({ name, corpus, read }, inputs, seed) {
  const prng = new Prng(seed);
  let accepted = 0;
  const bad = [];
  for (let i = 0; i < inputs && bad.length < 5; i += 1) {
    const bytes = mutated(prng, corpus);
    try {
      const again = read(bytes);
      if (again === undefined) continue;
      accepted += 1;
      if (!bytesEqual(again, bytes)) bad.push(`${toHex(bytes)} encodes to ${toHex(again)}`);
    } catch (error) {
      bad.push(`${toHex(bytes)} throws ${error}`);
    }
  }
  return { name, inputs, accepted, bad };
}

/** All readers, a fourth of the inputs each. @param {number} inputs @param {number} seed */
function fuzzAll(inputs, seed) {
  return READERS.map((reader, i) => fuzz(reader, Math.ceil(inputs / READERS.length), seed * 16 + i));
}

if (isMainThread) {
  const [inputs = '4000000', seed = '1'] = process.argv.slice(2);
  const outcomes = fuzzAll(Number(inputs), Number(seed));
  for (const outcome of outcomes) console.log(JSON.stringify(outcome));
  process.exitCode = outcomes.some(({ bad, accepted }) => bad.length > 0 || accepted === 0) ? 1 : 0;
} else parentPort?.postMessage(fuzzAll(workerData.inputs, workerData.seed));
