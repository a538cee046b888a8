import { expect, test } from 'vitest';
import { rulesOf } from '../../src/broadcast/index.ts';
import { encodeBatch, encodeEnd, type InstanceMessage } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { Stream } from '../../src/stream/index.ts';

const committee = new Committee(4, 1);
const [p0, p1, p2, p3] = committee.ids;
if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined)
  throw new Error('four members');
const [sender, voter, self] = [p0, p1, p3];
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const SUCCESSOR = new Uint8Array(32).fill(9);
const END = encodeEnd(SUCCESSOR);
const ONE = encodeBatch([Uint8Array.of(1)]);
const WINDOW = LIMITS_DEFAULT.window;

/** The stream of p0 at p3. */
function stream(base = 1, ended?: Uint8Array): Stream {
  const options = { committee, self, sender, rules: rulesOf(committee, 'early'), hasher };
  return new Stream({ ...options, limits: LIMITS_DEFAULT }, base, 1, ended);
}

const digestOf = (instance: number, payload: Uint8Array) => hasher.digest(sender, instance, payload);
const echo = (instance: number, payload: Uint8Array): InstanceMessage => ({
  kind: 'echo',
  digest: digestOf(instance, payload),
});

function deliver(held: Stream, instance: number, payload: Uint8Array): ReturnType<Stream['handle']> {
  held.handle(sender, instance, { kind: 'initial', payload });
  return held.handle(voter, instance, echo(instance, payload));
}

const outputs = (effects: ReturnType<Stream['handle']>) =>
  effects.flatMap((effect) => (effect.kind === 'output' ? [effect.output] : []));

test('the END names its successor, and a batch of messages none', () => {
  const held = stream();
  const [first] = outputs(deliver(held, 1, ONE));
  expect(first).toMatchObject({ instance: 1, count: 1 });
  expect(first).not.toHaveProperty('ended');
  expect(held.ended).toBeUndefined();
  expect(outputs(deliver(held, 2, END))).toMatchObject([{ instance: 2, count: 0, ended: SUCCESSOR }]);
  expect(held.ended).toEqual(SUCCESSOR);
});

test('what is open or ready behind the END is closed and never delivered', () => {
  const held = stream();
  expect(outputs(deliver(held, 2, ONE))).toEqual([]);
  held.handle(p1, 3, echo(3, ONE));
  expect(held.openCount).toBe(2);
  expect(outputs(deliver(held, 1, END)).map(({ instance }) => instance)).toEqual([1]);
  expect([held.openCount, held.base, held.bytesHeld]).toEqual([0, 2, 0]);
});

test('after the END nothing is opened, by messages, votes, memory or what lies far beyond', () => {
  const afterwards = stream();
  deliver(afterwards, 1, END);
  for (const held of [afterwards, stream(2, SUCCESSOR)]) {
    const digest = digestOf(2, ONE);
    expect(held.handle(sender, 2, { kind: 'initial', payload: ONE })).toBe(NOTHING);
    expect(held.vote(p1, 2, 'echo', digest, 0)).toBe(NOTHING);
    expect(held.restore(2, [echo(2, ONE)])).toBe(NOTHING);
    expect(held.handle(p2, 2 + 2 * WINDOW, echo(2 + 2 * WINDOW, ONE))).toBe(NOTHING);
    expect(held.vote(p2, 2 + 2 * WINDOW, 'ready', digest, 0)).toBe(NOTHING);
    expect([held.openCount, held.dropped.outsideWindow]).toEqual([0, 0]);
  }
});

test('votes about what is delivered are for the store', () => {
  const held = stream();
  deliver(held, 1, ONE);
  expect(() => held.vote(p1, 1, 'echo', digestOf(1, ONE), 0)).toThrow('needs no votes');
});
