import { describe, expect, test } from 'vitest';
import { AssertionError, UsageError } from '../../src/base/index.ts';
import { rulesOf } from '../../src/broadcast/index.ts';
import { encodeBatch, type InstanceMessage } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { ListedStream } from './listed.ts';

const committee = new Committee(4, 1);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const [p0, p1, p2, p3] = [0, 1, 2, 3].map((id) => committee.member(id)) as [
  ReturnType<Committee['member']>,
  ReturnType<Committee['member']>,
  ReturnType<Committee['member']>,
  ReturnType<Committee['member']>,
];
const WINDOW = 4;
const text = (...words: string[]): Uint8Array =>
  encodeBatch(words.map((word) => new TextEncoder().encode(word)));
const ONE = text('one');
const digestOf = (instance: number, payload = ONE): Digest => hasher.digest(0, instance, payload);
const initial = (payload = ONE): InstanceMessage => ({ kind: 'initial', payload });
const echo = (instance: number, payload = ONE): InstanceMessage => ({
  kind: 'echo',
  digest: digestOf(instance, payload),
});
const ready = (instance: number): InstanceMessage => ({ kind: 'ready', digest: digestOf(instance) });

/** The stream of member 0, at member 3 unless another is named. */
function stream(self = 3, more: { readonly valid?: (message: Uint8Array) => boolean } = {}): ListedStream {
  const limits = { ...LIMITS_DEFAULT, payloadBytes: 100, window: WINDOW, messagesPerInstance: 3 };
  return new ListedStream({
    committee,
    self: committee.member(self),
    sender: p0,
    rules: rulesOf(committee, 'early'),
    limits,
    hasher,
    ...more,
  });
}

/** INITIAL, this member's own ECHO and one more: the instance is delivered here. */
function deliver(held: ListedStream, instance: number, payload = ONE): ReturnType<ListedStream['handle']> {
  held.handle(p0, instance, initial(payload));
  return held.handle(p1, instance, echo(instance, payload));
}

const outputs = (effects: ReturnType<ListedStream['handle']>) =>
  effects.flatMap((effect) =>
    effect.kind === 'output' ? [[effect.output.instance, effect.output.firstSeq, effect.output.count]] : [],
  );

describe('the window', () => {
  test('ends with its last instance; what lies beyond is dropped and counted', () => {
    const held = stream();
    held.handle(p1, WINDOW, echo(WINDOW));
    expect([held.openCount, held.dropped.outsideWindow]).toEqual([1, 0]);
    expect(held.handle(p1, WINDOW + 1, echo(WINDOW + 1))).toBe(NOTHING);
    expect([held.openCount, held.dropped.outsideWindow]).toEqual([1, 1]);
  });

  test('a message twice as far is a fault of whoever sent it', () => {
    const held = stream();
    expect(held.handle(p1, 2 * WINDOW, echo(1))).toBe(NOTHING);
    expect(held.handle(p1, 2 * WINDOW + 1, echo(1))).toEqual([
      { kind: 'fault', accused: 1, code: 'future-flood' },
    ]);
    expect(held.dropped.outsideWindow).toBe(2);
  });

  test('moves with delivery', () => {
    const held = stream();
    expect(outputs(deliver(held, 1))).toEqual([[1, 1, 1]]);
    expect([held.base, held.openCount]).toEqual([2, 0]);
    held.handle(p1, WINDOW + 1, echo(WINDOW + 1));
    expect([held.openCount, held.dropped.outsideWindow]).toEqual([1, 0]);
    expect(held.handle(p1, 2 * WINDOW + 1, echo(1))).toBe(NOTHING);
  });

  test('begins with the lowest instance not delivered: asking for less is a bug of this program', () => {
    const held = stream();
    deliver(held, 1);
    expect(() => held.handle(p1, 1, echo(1))).toThrow(
      new AssertionError('what is delivered is answered from the store'),
    );
  });
});

describe('the order of a sender', () => {
  test('what comes early waits, and all of it leaves at once', () => {
    const held = stream();
    expect(outputs(deliver(held, 3))).toEqual([]);
    expect(outputs(deliver(held, 2, text('a', 'b')))).toEqual([]);
    expect(held.openCount).toBe(2);
    expect(outputs(deliver(held, 1))).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [3, 4, 1],
    ]);
    expect([held.base, held.nextSeq, held.openCount, held.bytesHeld]).toEqual([4, 5, 0, 0]);
  });

  test('goes on after a restart where it ended', () => {
    const limits = { ...LIMITS_DEFAULT, payloadBytes: 100, window: WINDOW };
    const options = { committee, self: p3, sender: p0, rules: rulesOf(committee, 'early'), limits, hasher };
    const held = new ListedStream(options, 7, 20);
    expect([held.base, held.nextSeq, held.openSinceTick]).toEqual([7, 20, undefined]);
    expect(outputs(deliver(held, 7))).toEqual([[7, 20, 1]]);
  });
});

describe('a stream that skips', () => {
  test('lets go of what came before, and goes on from there', () => {
    const held = stream();
    held.handle(p0, 1, initial());
    expect(outputs(deliver(held, 2))).toEqual([]);
    held.handle(p0, 4, initial());
    expect([held.openCount, held.bytesHeld]).toEqual([3, 3 * ONE.length]);
    expect(held.skipTo(3, 9)).toBe(NOTHING);
    expect([held.base, held.nextSeq, held.openCount, held.bytesHeld]).toEqual([3, 9, 1, ONE.length]);
    expect([...held.inspect()].map(({ instance }) => instance)).toEqual([4]);
    expect(held.owedTo(p1, 1, 9), 'what was said beyond is owed still').toEqual([
      { instance: 4, body: echo(4) },
    ]);
    expect(outputs(deliver(held, 3))).toEqual([[3, 9, 1]]);
    expect(held.base).toBe(4);
  });

  test('delivers what has been waiting for its turn there', () => {
    const held = stream();
    deliver(held, 3, text('a', 'b'));
    expect(outputs(held.skipTo(3, 5))).toEqual([[3, 5, 2]]);
    expect([held.base, held.nextSeq, held.openCount]).toEqual([4, 7, 0]);
  });

  test('to an open instance keeps what is known of it', () => {
    const held = stream();
    held.handle(p0, 4, initial());
    held.skipTo(4, 2);
    expect([held.openCount, held.bytesHeld]).toEqual([1, ONE.length]);
    expect(outputs(held.handle(p1, 4, echo(4)))).toEqual([[4, 2, 1]]);
  });

  test('far beyond all that it heard of looks at nothing before', () => {
    const held = stream();
    held.handle(p1, 2, echo(2));
    held.skipTo(100, 100);
    expect([held.openCount, [...held.inspect()], held.openSinceTick]).toEqual([0, [], undefined]);
    held.handle(p1, 101, echo(101));
    expect([...held.inspect()].map(({ instance }) => instance)).toEqual([101]);
  });

  test('skips forward', () => {
    const held = stream();
    deliver(held, 1);
    for (const instance of [1, 2])
      expect(() => held.skipTo(instance, 9)).toThrow(new AssertionError('a stream skips forward'));
  });
});

describe('what this member vouches for', () => {
  test('is a batch of messages within the limits, each of which the application takes', () => {
    const noX = { valid: (message: Uint8Array) => message[0] !== 0x78 };
    const said = (held: ListedStream, payload: Uint8Array): string[] =>
      held
        .handle(p0, 1, initial(payload))
        .map((effect) => (effect.kind === 'fault' ? effect.code : effect.kind));
    expect(said(stream(), text('a', 'x'))).toEqual(['keep', 'broadcast']);
    expect(said(stream(3, noX), text('a', 'b'))).toEqual(['keep', 'broadcast']);
    expect(said(stream(3, noX), text('a', 'x'))).toEqual(['invalid-payload']);
    expect(said(stream(), text('a', 'b', 'c', 'd'))).toEqual(['invalid-payload']);
    expect(said(stream(3, noX), Uint8Array.of(1))).toEqual(['invalid-payload']);
  });
});

describe('what is said in an open instance', () => {
  test('comes back to the member itself before anything else', () => {
    const held = stream(0);
    const effects = held.propose(1, ONE);
    expect(effects).toEqual([
      { kind: 'keep', digest: digestOf(1), payload: ONE },
      { kind: 'broadcast', message: { instance: 1, body: initial() } },
      { kind: 'broadcast', message: { instance: 1, body: echo(1) } },
    ]);
    expect(held.bytesHeld).toBe(ONE.length);
  });

  test('cannot be proposed anew', () => {
    const held = stream(0);
    held.propose(1, ONE);
    expect(() => held.propose(1, text('two'))).toThrow(UsageError);
  });

  test('is owed to a peer from its base to the end of its window, and not beyond what is open', () => {
    const held = stream(0);
    for (const instance of [1, 2, 3]) held.propose(instance, ONE);
    const owed = (from: number, until: number): string[] =>
      held.owedTo(p1, from, until).map(({ instance, body }) => `${instance} ${body.kind}`);
    const all = (instance: number): string[] => [`${instance} initial`, `${instance} echo`];
    expect(owed(1, 9)).toEqual([...all(1), ...all(2), ...all(3)]);
    expect(owed(2, 3)).toEqual(all(2));
    expect(owed(4, 9)).toEqual([]);
    held.handle(p1, 1, echo(1));
    held.handle(p2, 1, echo(1));
    expect(held.base).toBe(2);
    expect(owed(1, 9), 'what is delivered is answered from the store').toEqual([...all(2), ...all(3)]);
  });

  test('is known again after a restart, and said no other way', () => {
    const held = stream();
    expect(held.restore(2, [{ kind: 'payload', payload: ONE }, echo(2)])).toBe(NOTHING);
    expect([held.openCount, held.bytesHeld]).toEqual([1, ONE.length]);
    expect(held.owedTo(p1, 1, 9)).toEqual([{ instance: 2, body: echo(2) }]);
  });
});

describe('what people are told of a stream', () => {
  test('its open instances in order, since when, and how many messages they carry', () => {
    const held = stream();
    held.tick = 5;
    held.handle(p1, 3, echo(3));
    held.tick = 8;
    held.handle(p0, 1, initial(text('a', 'b')));
    const seen = [...held.inspect()].map(({ instance, sinceTick, messages, view }) => [
      instance,
      sinceTick,
      messages,
      view.phase,
    ]);
    expect(seen).toEqual([
      [1, 8, 2, 'echoed'],
      [3, 5, undefined, 'init'],
    ]);
    expect(held.openSinceTick, 'of the lowest').toBe(8);
  });

  test('of what waits for its turn: as many messages as were delivered in it', () => {
    const held = stream();
    deliver(held, 2, text('a', 'b', 'c'));
    expect([...held.inspect()].map(({ messages, view }) => [messages, view.phase])).toEqual([
      [3, 'delivered'],
    ]);
    expect(held.openSinceTick).toBe(0);
  });

  test('of a stream without open instances: nothing', () => {
    const held = stream();
    expect([[...held.inspect()], held.openSinceTick]).toEqual([[], undefined]);
    deliver(held, 1);
    expect([[...held.inspect()], held.openSinceTick]).toEqual([[], undefined]);
  });
});

test('what belongs to the coded form is nothing to this one', () => {
  const held = stream();
  const digest = digestOf(1);
  const [proof, shard] = [new Uint8Array(0), Uint8Array.of(1)];
  expect(held.handle(p1, 1, { kind: 'dispersal', digest, length: 9 })).toBe(NOTHING);
  expect(held.handle(p1, 1, { kind: 'shard', digest, length: 9, proof, shard })).toBe(NOTHING);
  expect([held.openCount, held.bytesHeld]).toEqual([0, 0]);
});

describe('PULL and PAYLOAD', () => {
  const pull = (instance: number, payload = ONE): InstanceMessage => ({
    kind: 'pull',
    digest: digestOf(instance, payload),
  });

  test('about an instance that is not open here open none', () => {
    const held = stream();
    expect(held.handle(p1, 2, pull(2))).toBe(NOTHING);
    expect(held.handle(p1, 2, { kind: 'payload', payload: ONE })).toBe(NOTHING);
    expect(held.openCount).toBe(0);
  });

  test('an open instance answers', () => {
    const held = stream();
    held.handle(p0, 2, initial());
    expect(held.handle(p1, 2, pull(2))).toEqual([
      { kind: 'send', to: 1, message: { instance: 2, body: { kind: 'payload', payload: ONE } } },
    ]);
    expect(held.handle(p1, 2, pull(2))).toBe(NOTHING);
  });

  test('one that waits for its turn answers too, with what was delivered in it and once a link', () => {
    const held = stream();
    deliver(held, 2);
    expect(held.handle(p1, 2, pull(2, text('other')))).toBe(NOTHING);
    const answer = [
      { kind: 'send', to: 1, message: { instance: 2, body: { kind: 'payload', payload: ONE } } },
    ];
    expect(held.handle(p1, 2, pull(2))).toEqual(answer);
    expect(held.handle(p1, 2, pull(2))).toBe(NOTHING);
    held.linkReset(p1);
    expect(held.handle(p1, 2, pull(2))).toEqual(answer);
  });

  test('a retry asks for what is missing, and for nothing else', () => {
    const held = stream();
    expect(held.retry()).toBe(NOTHING);
    held.handle(p1, 1, echo(1));
    held.handle(p2, 1, ready(1));
    expect(held.retry(), 'f+1 READYs are not there').toBe(NOTHING);
    for (const from of [p0, p1]) held.handle(from, 1, ready(1));
    expect(held.retry()).toEqual([{ kind: 'send', to: 1, message: { instance: 1, body: pull(1) } }]);
  });
});
