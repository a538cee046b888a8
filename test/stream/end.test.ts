import { describe, expect, test } from 'vitest';
import { rulesOf } from '../../src/broadcast/index.ts';
import { batchBytesMax, encodeBatch, encodeEnd, type InstanceMessage } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { ListedStream } from './listed.ts';

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
function stream(base = 1, ends: readonly Uint8Array[] = []): ListedStream {
  const options = { committee, self, sender, rules: rulesOf(committee, 'early'), hasher };
  return new ListedStream({ ...options, limits: LIMITS_DEFAULT }, base, 1, ends);
}

const digestOf = (instance: number, payload: Uint8Array) => hasher.digest(sender, instance, payload);
const echo = (instance: number, payload: Uint8Array): InstanceMessage => ({
  kind: 'echo',
  digest: digestOf(instance, payload),
});

function deliver(
  held: ListedStream,
  instance: number,
  payload: Uint8Array,
): ReturnType<ListedStream['handle']> {
  held.handle(sender, instance, { kind: 'initial', payload });
  return held.handle(voter, instance, echo(instance, payload));
}

const outputs = (effects: ReturnType<ListedStream['handle']>) =>
  effects.flatMap((effect) => (effect.kind === 'output' ? [effect.output] : []));

test('the END names its successor, and a batch of messages none', () => {
  const held = stream();
  const [first] = outputs(deliver(held, 1, ONE));
  expect(first).toMatchObject({ instance: 1, count: 1 });
  expect(first).not.toHaveProperty('ended');
  expect(held.ends).toEqual([]);
  expect(outputs(deliver(held, 2, END))).toMatchObject([{ instance: 2, count: 0, ended: SUCCESSOR }]);
  expect(held.ends).toEqual([SUCCESSOR]);
});

test('what is ready behind the END is not delivered, and what was said of it is not forgotten', () => {
  const held = stream();
  expect(outputs(deliver(held, 2, ONE))).toEqual([]);
  held.handle(p1, 3, echo(3, ONE));
  expect(held.openCount).toBe(2);
  expect(outputs(deliver(held, 1, END)).map(({ instance }) => instance)).toEqual([1]);
  expect([held.base, held.said().length]).toEqual([2, 1]);
});

test('after the END nothing is opened, by messages, votes or what lies far beyond', () => {
  const afterwards = stream();
  deliver(afterwards, 1, END);
  for (const held of [afterwards, stream(2, [SUCCESSOR])]) {
    const digest = digestOf(2, ONE);
    expect(held.handle(sender, 2, { kind: 'initial', payload: ONE })).toBe(NOTHING);
    expect(held.vote(p1, 2, 'echo', digest, 0)).toBe(NOTHING);
    expect(held.handle(p2, 2 + 2 * WINDOW, echo(2 + 2 * WINDOW, ONE))).toBe(NOTHING);
    expect(held.vote(p2, 2 + 2 * WINDOW, 'ready', digest, 0)).toBe(NOTHING);
    expect([held.openCount, held.dropped.outsideWindow]).toEqual([0, 0]);
  }
});

describe('where further ENDs are taken in', () => {
  const NEXT = encodeEnd(new Uint8Array(32).fill(8));

  test('one that was ready before is delivered then, and one that comes later', () => {
    const held = stream();
    deliver(held, 2, NEXT);
    deliver(held, 1, END);
    expect([held.base, held.missed]).toEqual([2, false]);
    expect(outputs(held.takeEnds(3)).map(({ instance }) => instance)).toEqual([2]);
    expect([held.ends.length, held.missed]).toEqual([2, true]);
    expect(outputs(deliver(held, 3, encodeEnd(new Uint8Array(32).fill(7))))).toMatchObject([{ instance: 3 }]);
    deliver(held, 4, encodeEnd(new Uint8Array(32).fill(6)));
    expect(held.base).toBe(4);
  });

  test.each([
    ['a message', ONE],
    ['the same END again', END],
  ])('%s breaks the stream off', (_, payload) => {
    const held = stream();
    held.takeEnds(3);
    deliver(held, 1, END);
    expect(outputs(deliver(held, 2, payload))).toEqual([]);
    expect([held.base, held.broken]).toEqual([2, true]);
    expect(outputs(deliver(held, 3, NEXT))).toEqual([]);
  });

  test('the one before the last again breaks it off as well', () => {
    const held = stream();
    held.takeEnds(3);
    for (const [at, end] of [END, NEXT].entries())
      expect(outputs(deliver(held, at + 1, end))).toHaveLength(1);
    expect(outputs(deliver(held, 3, END))).toEqual([]);
    expect([held.base, held.broken]).toEqual([3, true]);
  });

  test('with none at hand it says nothing', () => {
    expect(stream().takeEnds(3)).toBe(NOTHING);
  });
});

describe('a stream that stands still', () => {
  const ready = (instance: number, payload: Uint8Array): InstanceMessage => ({
    kind: 'ready',
    digest: digestOf(instance, payload),
  });
  const said = (effects: ReturnType<ListedStream['handle']>): string[] =>
    effects.flatMap((effect) => (effect.kind === 'broadcast' ? [effect.message.body.kind] : []));
  const digest = digestOf(1, ONE);

  test('says and delivers nothing, by messages or votes, and claims what it said before', () => {
    const held = stream();
    held.handle(sender, 1, { kind: 'initial', payload: ONE });
    deliver(held, 2, ONE);
    held.freeze();
    expect(held.frozen).toBe(true);
    expect(held.handle(voter, 1, echo(1, ONE))).toBe(NOTHING);
    for (const peer of [p0, p1, p2]) expect(held.vote(peer, 1, 'ready', digest, 0)).toBe(NOTHING);
    expect(held.handle(sender, 3, { kind: 'initial', payload: ONE })).toBe(NOTHING);
    expect(held.retry()).toBe(NOTHING);
    expect(held.said()).toEqual([
      { instance: 1, echo: digest, ready: undefined },
      { instance: 2, echo: digestOf(2, ONE), ready: digestOf(2, ONE) },
    ]);
    // What it has is given to those who ask.
    expect(held.handle(p1, 1, { kind: 'pull', digest })).toMatchObject([{ kind: 'send', to: p1 }]);
  });

  test('says READY for what the cut says, whatever others told it, and goes on up to there', () => {
    const held = stream();
    held.freeze();
    expect(said(held.settle({ last: 1, digests: new Map([[1, digest]]) }))).toEqual(['ready']);
    expect([held.missed, held.frozen]).toEqual([true, false]);
    held.handle(sender, 1, { kind: 'initial', payload: ONE });
    for (const peer of [p0, p1]) held.handle(peer, 1, ready(1, ONE));
    expect([held.base, held.frozen]).toEqual([2, true]);
    expect(held.handle(sender, 2, { kind: 'initial', payload: ONE })).toBe(NOTHING);
  });

  test('what is decided beyond the cut is never delivered', () => {
    const held = stream();
    deliver(held, 2, ONE);
    held.freeze();
    held.settle({ last: 1, digests: new Map([[1, digest]]) });
    held.handle(sender, 1, { kind: 'initial', payload: ONE });
    for (const peer of [p0, p1]) held.handle(peer, 1, ready(1, ONE));
    expect(held.base).toBe(2);
  });

  test('says nothing of what it has delivered itself, whatever the cut names', () => {
    const held = stream(3);
    held.freeze();
    expect(held.settle({ last: 2, digests: new Map([[2, digestOf(2, ONE)]]) })).toBe(NOTHING);
    expect([held.openCount, held.frozen]).toEqual([0, true]);
  });

  test('that stands still again waits for the next cut, also with what the last one told it to say', () => {
    const held = stream();
    held.freeze();
    const far = WINDOW + 1;
    const cut = { last: far, digests: new Map([[far, digestOf(far, ONE)]]) };
    expect(held.settle(cut)).toBe(NOTHING);
    held.freeze();
    expect(held.skipTo(2, 1), 'so far does the window reach now').toBe(NOTHING);
    expect(said(held.settle(cut))).toEqual(['ready']);
  });

  test('claims in order, and READY that was said on the word of others', () => {
    const held = stream();
    held.handle(sender, 5, { kind: 'initial', payload: ONE });
    for (const peer of [p1, p2]) held.vote(peer, 2, 'ready', digestOf(2, ONE), 0);
    held.handle(p1, 4, echo(4, ONE));
    held.handle(sender, 3, { kind: 'initial', payload: ONE });
    expect(held.said()).toEqual([
      { instance: 2, echo: undefined, ready: digestOf(2, ONE) },
      { instance: 3, echo: digestOf(3, ONE), ready: undefined },
      { instance: 5, echo: digestOf(5, ONE), ready: undefined },
    ]);
  });

  test('says READY for what lies beyond its window once that has come so far', () => {
    const held = stream();
    held.freeze();
    const far = WINDOW + 1;
    const cut = { last: far, digests: new Map([[far, digestOf(far, ONE)]]) };
    expect(said(held.settle(cut))).toEqual([]);
    held.handle(sender, 1, { kind: 'initial', payload: ONE });
    expect(said(held.handle(voter, 1, echo(1, ONE)))).toEqual(['ready', 'ready']);
  });

  test('an answer to what it asked for is kept for then: it is given once', () => {
    const held = stream();
    for (const peer of [p0, p1, p2]) held.handle(peer, 1, ready(1, ONE));
    held.handle(p1, 1, echo(1, ONE));
    held.freeze();
    expect(held.handle(p1, 1, { kind: 'payload', payload: ONE })).toBe(NOTHING);
    expect(outputs(held.settle({ last: 1, digests: new Map() })).map(({ instance }) => instance)).toEqual([
      1,
    ]);
    const other = stream();
    for (const peer of [p0, p1, p2]) other.handle(peer, 1, ready(1, ONE));
    other.handle(p1, 1, echo(1, ONE));
    other.freeze();
    other.handle(p1, 1, { kind: 'payload', payload: ONE });
    expect(outputs(other.settle({ last: 0, digests: new Map() }))).toEqual([]);
  });

  /** Decided and not here: asked for of p1, and, when time has passed, of p2. */
  const wants = (held: ListedStream, instance: number): void => {
    for (const peer of [p1, p2])
      held.handle(peer, instance, { kind: 'done', digest: digestOf(instance, ONE) });
  };
  const asked = (effects: ReturnType<ListedStream['handle']>): (readonly [number, number])[] =>
    effects.flatMap((effect) =>
      effect.kind === 'send' && effect.message.body.kind === 'pull'
        ? [[effect.message.instance, effect.to] as const]
        : [],
    );

  test('asks for nothing, nor afterwards for what lies beyond the cut', () => {
    const held = stream();
    for (const instance of [1, 2, 3]) wants(held, instance);
    held.freeze();
    expect(held.retry()).toBe(NOTHING);
    held.settle({ last: 2, digests: new Map() });
    expect(asked(held.retry())).toEqual([
      [1, p2],
      [2, p2],
    ]);
  });

  test('keeps an answer beyond the cut: the next one may go further', () => {
    const held = stream();
    for (const instance of [1, 2]) wants(held, instance);
    held.freeze();
    for (const instance of [1, 2]) held.handle(p1, instance, { kind: 'payload', payload: ONE });
    expect(outputs(held.settle({ last: 1, digests: new Map() })).map(({ instance }) => instance)).toEqual([
      1,
    ]);
    held.freeze();
    expect(outputs(held.settle({ last: 2, digests: new Map() })).map(({ instance }) => instance)).toEqual([
      2,
    ]);
  });

  test('has no use for an answer to what was skipped meanwhile', () => {
    const held = stream();
    wants(held, 1);
    held.freeze();
    held.handle(p1, 1, { kind: 'payload', payload: ONE });
    held.skipTo(2, 1);
    expect(held.settle({ last: 2, digests: new Map() })).toBe(NOTHING);
    expect([held.base, held.openCount]).toEqual([2, 0]);
  });

  test('no wrong answer, however long, takes the room of the right one', () => {
    const held = stream();
    for (const peer of [p0, p1, p2]) held.handle(peer, 1, ready(1, ONE));
    held.handle(p1, 1, echo(1, ONE));
    held.freeze();
    const junk = new Uint8Array(batchBytesMax(LIMITS_DEFAULT));
    held.handle(p2, 1, { kind: 'payload', payload: junk });
    held.handle(p1, 1, { kind: 'payload', payload: ONE });
    expect(outputs(held.settle({ last: 1, digests: new Map() })).map(({ instance }) => instance)).toEqual([
      1,
    ]);
  });
});

test('votes about what is delivered are for the store', () => {
  const held = stream();
  deliver(held, 1, ONE);
  expect(() => held.vote(p1, 1, 'echo', digestOf(1, ONE), 0)).toThrow('needs no votes');
});
