import { describe, expect, test } from 'vitest';
import { rulesOf } from '../../src/broadcast/index.ts';
import { encodeBatch } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256, SIGNATURE_BYTES } from '../../src/crypto/index.ts';
import { Stream } from '../../src/stream/index.ts';

const committee = new Committee(7, 2);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const [p0, p1] = [committee.member(0), committee.member(1)];

function stream(form: 'early' | 'classic', budget: number): Stream {
  return new Stream({
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
});
