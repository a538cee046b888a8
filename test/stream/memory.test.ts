import { describe, expect, test } from 'vitest';
import { AssertionError } from '../../src/base/index.ts';
import { rulesOf } from '../../src/broadcast/index.ts';
import { encodeBatch } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256, SIGNATURE_BYTES } from '../../src/crypto/index.ts';
import { Fifo } from '../../src/stream/fifo.ts';
import { Memory } from '../../src/stream/memory.ts';
import { ListedStream } from './listed.ts';

const committee = new Committee(7, 2);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const [p0, p1] = [committee.member(0), committee.member(1)];

function stream(form: 'early' | 'classic', budget: number): ListedStream {
  return new ListedStream({
    committee,
    self: committee.member(3),
    sender: p0,
    rules: rulesOf(committee, form),
    limits: { ...LIMITS_DEFAULT, payloadBytes: 100, bytesPerSender: budget },
    hasher,
    valid: () => true,
  });
}

const batch = (length: number, fill: number): Uint8Array =>
  encodeBatch([new Uint8Array(length - SIGNATURE_BYTES).fill(fill)]);

describe('the byte budget of a sender', () => {
  test('an INITIAL over it is dropped, unless it is the lowest undelivered', () => {
    const held = stream('early', 150);
    held.handle(p0, 2, { kind: 'initial', payload: batch(94, 1) });
    expect(held.bytesHeld).toBe(100);
    held.handle(p0, 3, { kind: 'initial', payload: batch(94, 1) });
    expect([held.bytesHeld, held.dropped.overBudget, held.missed]).toEqual([100, 1, true]);
    // One that is held already takes no room, and nothing is missed when it comes again.
    held.missed = false;
    held.handle(p0, 2, { kind: 'initial', payload: batch(94, 1) });
    expect([held.dropped.overBudget, held.missed]).toEqual([1, false]);
    held.handle(p0, 1, { kind: 'initial', payload: batch(94, 1) });
    expect([held.bytesHeld, held.dropped.overBudget]).toEqual([200, 1]);
  });

  test('every payload held is counted, also one that calls for no answer', () => {
    // By votes alone member 3 learns of x, pulls it and echoes it; then the liar's INITIAL brings y.
    const held = stream('classic', 1_000);
    const x = batch(70, 1);
    const digest = hasher.digest(0, 2, x);
    held.handle(p1, 2, { kind: 'echo', digest });
    for (const id of [1, 2, 4]) held.handle(committee.member(id), 2, { kind: 'ready', digest });
    held.handle(p1, 2, { kind: 'payload', payload: x });
    expect(held.bytesHeld).toBe(x.length);
    const y = batch(90, 2);
    held.handle(p0, 2, { kind: 'initial', payload: y });
    expect(held.bytesHeld).toBe(x.length + y.length);
  });

  test('counts a payload that comes when another one was echoed meanwhile, and calls for nothing', () => {
    const held = stream('classic', 1_000);
    const x = batch(70, 1);
    const digest = hasher.digest(0, 2, x);
    held.handle(p1, 2, { kind: 'echo', digest });
    for (const id of [1, 2, 4]) held.handle(committee.member(id), 2, { kind: 'ready', digest });
    const y = batch(90, 2);
    held.handle(p0, 2, { kind: 'initial', payload: y });
    held.handle(p1, 2, { kind: 'payload', payload: x });
    expect(held.bytesHeld).toBe(x.length + y.length);
  });

  test('that is full drops what the sender says, and still tells who speaks in its place', () => {
    const held = stream('early', 150);
    held.handle(p0, 2, { kind: 'initial', payload: batch(94, 1) });
    const forged = held.handle(p1, 3, { kind: 'initial', payload: batch(94, 1) });
    expect(forged).toEqual([{ kind: 'fault', accused: 1, code: 'not-the-sender' }]);
    expect(held.dropped.overBudget).toBe(0);
  });

  test('that is full keeps no answer back', () => {
    const held = stream('early', 150);
    const payload = batch(94, 1);
    held.handle(p0, 2, { kind: 'initial', payload });
    const digest = hasher.digest(0, 2, payload);
    expect(held.handle(p1, 2, { kind: 'pull', digest })).toEqual([
      { kind: 'send', to: 1, message: { instance: 2, body: { kind: 'payload', payload } } },
    ]);
  });
});

describe('the memory of a sender', () => {
  test('has room while the longest payload fits beside what is held and asked for', () => {
    const memory = new Memory(250, 100);
    expect(memory.hasRoom).toBe(true);
    expect(memory.reserve(5, false)).toBe(true);
    expect(memory.hasRoom, 'one is asked for').toBe(true);
    const six = { bytes: 0 };
    memory.hold(six, 51);
    expect(memory.hasRoom, 'fifty-one more bytes are held').toBe(false);
    expect(memory.reserve(5, false), 'asked for already').toBe(true);
    expect(memory.reserve(7, false)).toBe(false);
    expect(memory.reserve(7, true), 'the lowest undelivered always').toBe(true);
    memory.release(7);
    memory.hold(six, 50);
    expect([memory.hasRoom, memory.bytes]).toEqual([true, 50]);
    memory.drop(6, six.bytes);
    memory.drop(5, 0);
    expect([memory.bytes, memory.admits(250, false), memory.admits(251, false)]).toEqual([0, true, false]);
  });
});

describe('the order of instances', () => {
  test('takes each once, and none that is past', () => {
    const fifo = new Fifo(3, 7);
    const output = { digest: hasher.digest(0, 3, new Uint8Array(1)), payload: new Uint8Array(1) };
    fifo.add(3, output);
    const twice = new AssertionError('an instance delivers once');
    expect(() => fifo.add(3, output)).toThrow(twice);
    expect(fifo.head()).toBe(output);
    fifo.advance(2);
    expect([fifo.base, fifo.nextSeq, fifo.head()]).toEqual([4, 9, undefined]);
    expect(() => fifo.add(3, output)).toThrow(twice);
  });

  test('that is skipped keeps nothing of what came before', () => {
    const fifo = new Fifo(1, 1);
    const output = { digest: hasher.digest(0, 3, new Uint8Array(1)), payload: new Uint8Array(1) };
    for (const instance of [2, 3, 5]) fifo.add(instance, output);
    fifo.skipTo(3, 4);
    expect([2, 3, 5].map((instance) => fifo.waiting(instance))).toEqual([undefined, output, output]);
    expect([fifo.base, fifo.nextSeq]).toEqual([3, 4]);
  });
});
