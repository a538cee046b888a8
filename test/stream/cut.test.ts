import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rulesOf } from '../../src/broadcast/index.ts';
import {
  claimsOf,
  countBatch,
  decodeBatch,
  encodeEnd,
  endBytesMax,
  type OpenClaim,
  type StreamClaim,
  successorOf,
} from '../../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { cutOf, cutsOf } from '../../src/stream/index.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const digestOf = (value: number): Digest => hasher.digest(0, 1, Uint8Array.of(value));
const [A, B] = [digestOf(1), digestOf(2)];
const LIMITS = { ...LIMITS_DEFAULT, window: 4 };

describe('the counting', () => {
  // Every n up to 40, every f below n/3, every number of members given up, every number of liars among the others.
  const worlds: (readonly [number, number, number, number])[] = [];
  for (let n = 4; n <= 40; n += 1)
    for (let f = 1; f <= faultyMax(n); f += 1)
      for (let gone = 1; gone <= f; gone += 1)
        for (let liars = 0; gone + liars <= f; liars += 1) worlds.push([n, f, gone, liars]);

  test.each(['early', 'classic'] as const)('%s: what a correct member delivered is in', (form) => {
    for (const [n, f, gone, liars] of worlds) {
      const rules = rulesOf(new Committee(n, f), form);
      const faulty = gone + liars;
      // Of 2f+1 that said READY these are correct, and claim it.
      expect(rules.deliver - faulty).toBeGreaterThanOrEqual(rules.amplify);
      // Of those that said ECHO before an early delivery the sender, who is given up, is none.
      if (rules.deliverEarly !== undefined)
        expect(rules.deliverEarly - (faulty - 1)).toBeGreaterThanOrEqual(rules.echo);
    }
  });

  test.each(['early', 'classic'] as const)(
    '%s: what is in was vouched for by correct members, and is one thing',
    (form) => {
      for (const [n, f, gone, liars] of worlds) {
        const committee = new Committee(n, f);
        const rules = rulesOf(committee, form);
        const correct = n - gone - liars;
        expect(rules.amplify - liars).toBeGreaterThanOrEqual(1);
        // All of them say READY then: enough to deliver, whatever the others do.
        expect(correct).toBeGreaterThanOrEqual(rules.deliver);
        if (rules.deliverEarly === undefined) continue;
        const claimed = rules.echo - liars;
        // They hold what they said ECHO for, or their shards of it.
        expect(claimed).toBeGreaterThanOrEqual(committee.quorums.dataShards);
        // Two digests with that many ECHOs would take more correct members than there are.
        expect(2 * claimed).toBeGreaterThan(correct);
        // And so would one with that many, and another that a correct member said READY for.
        expect(claimed + rules.echo - (gone - 1 + liars)).toBeGreaterThan(correct);
      }
    },
  );
});

const claim = (base: number, delivered: readonly Digest[], open: readonly OpenClaim[] = []): StreamClaim => ({
  sender: 3,
  base,
  delivered,
  open,
});
const said = (instance: number, echo?: Digest, ready?: Digest): OpenClaim => ({ instance, echo, ready });

describe.each([4, 5, 6, 7, 8, 9])('the cut, n = %i', (n) => {
  const committee = new Committee(n, faultyMax(n));
  const { f, quorums } = committee;
  const cut = (claims: readonly (StreamClaim | undefined)[], form: 'early' | 'classic' = 'early') =>
    cutOf({ committee, rules: rulesOf(committee, form), claims });
  const times = (count: number, one: StreamClaim): StreamClaim[] => Array.from({ length: count }, () => one);

  test('nobody heard anything: there is nothing', () => {
    expect(cut(times(n - 1, claim(1, [])))).toEqual({ last: 0, digests: new Map() });
    expect(cut([undefined, ...times(n - 2, claim(1, []))]).last).toBe(0);
  });

  test('f+1 that delivered are believed, f are not; of those within a window the digests are known', () => {
    expect(cut([...times(f + 1, claim(6, [])), ...times(n - f - 2, claim(1, []))]).last).toBe(5);
    expect(cut([...times(f, claim(6, [])), ...times(n - f - 1, claim(1, []))]).last).toBe(0);
    const some = [...times(f, claim(3, [A])), ...times(n - f - 2, claim(2, [], [said(2, A, A)]))];
    expect(cut([...some, claim(2, [])])).toEqual({ last: 2, digests: new Map([[2, A]]) });
  });

  test('f+1 READYs of one digest are believed, f are not, nor as many of two', () => {
    const ready = (digest: Digest) => claim(1, [], [said(1, undefined, digest)]);
    expect(cut([...times(f + 1, ready(A)), ...times(n - f - 2, claim(1, []))], 'classic')).toEqual({
      last: 1,
      digests: new Map([[1, A]]),
    });
    expect(cut([...times(f, ready(A)), ...times(f, ready(B))], 'classic').last).toBe(0);
    // Who delivered says what: it counts for nothing else.
    expect(cut([...times(f, ready(A)), claim(2, [B])], 'classic').last).toBe(0);
    expect(cut([...times(f, ready(A)), claim(2, [A])], 'classic').last).toBe(1);
  });

  test('so many ECHOs as make a member READY are believed in the early form alone, one less is not', () => {
    const echo = claim(1, [], [said(1, A)]);
    const { echoEarly } = quorums;
    expect(cut(times(echoEarly, echo))).toEqual({ last: 1, digests: new Map([[1, A]]) });
    expect(cut([...times(echoEarly - 1, echo), claim(1, [])]).last).toBe(0);
    expect(cut(times(n - 1, echo), 'classic').last).toBe(0);
    expect(cut([...times(echoEarly - 1, echo), claim(2, [A])]).last).toBe(1);
  });

  test('who skipped an instance stands behind whatever was delivered in it; which that is, others have to say', () => {
    const skipped = claim(3, []);
    const some = (...claims: StreamClaim[]) =>
      cut([...claims, ...times(n - 1 - claims.length, claim(2, []))], 'classic');
    if (f < 2) {
      // One that skipped, and the one that delivered: that is f+1 already.
      expect(some(skipped, claim(3, [A])).last).toBe(2);
      return;
    }
    const ready = claim(2, [], [said(2, undefined, A)]);
    expect(some(skipped, claim(3, [A]), ready)).toEqual({ last: 2, digests: new Map([[2, A]]) });
    expect(some(skipped, claim(3, [A])).last).toBe(1);
    expect(some(skipped, skipped).last).toBe(1);
    // With one liar two digests may come as far: one of them was delivered, and READY is said for neither.
    const lie = claim(2, [], [said(2, undefined, B)]);
    expect(some(skipped, skipped, ready, lie)).toEqual({ last: 2, digests: new Map() });
  });

  test('who skipped an instance counts with the ECHOs, too', () => {
    const skipped = claim(2, []);
    const echo = claim(1, [], [said(1, A)]);
    const some = (echoes: number, form?: 'classic') => {
      const claims = [skipped, ...times(echoes, echo)];
      return cut([...claims, ...times(n - 1 - claims.length, claim(1, []))], form);
    };
    const { echoEarly } = quorums;
    expect(some(echoEarly - 1)).toEqual({ last: 1, digests: new Map([[1, A]]) });
    expect(some(echoEarly - 2).last).toBe(0);
    expect(some(echoEarly - 1, 'classic').last).toBe(0);
  });

  test('the first instance that is not in ends the stream', () => {
    const open = [said(1, A, A), said(3, B, B)];
    expect(cut(times(n - 1, claim(1, [], open)))).toEqual({ last: 1, digests: new Map([[1, A]]) });
  });

  test('f liars alone make nothing up, and hide nothing, whatever they claim', () => {
    const anyDigest = fc.constantFrom(A, B, digestOf(3));
    const anyClaim = fc.record({
      base: fc.integer({ min: 1, max: 2 ** 40 }),
      delivered: fc.array(anyDigest, { maxLength: 4 }),
      open: fc.uniqueArray(
        fc.record({
          instance: fc.integer({ min: 1, max: 12 }),
          echo: fc.option(anyDigest, { nil: undefined }),
          ready: fc.option(anyDigest, { nil: undefined }),
        }),
        { selector: ({ instance }) => instance, maxLength: 8 },
      ),
    });
    // One is given up: so there are f-1 liars at most, and n-f that say what is so.
    const liars = fc.array(
      anyClaim.map((lie) => ({ sender: 3, ...lie })),
      {
        minLength: f - 1,
        maxLength: f - 1,
      },
    );
    fc.assert(
      fc.property(liars, (lies) => {
        const honest = times(n - f, claim(3, [A, B], [said(3, A)]));
        // Three ECHOs of correct members may make it up to the threshold with those of liars, or not.
        const { last, digests } = cut([...lies, ...honest]);
        expect(last).toBeGreaterThanOrEqual(2);
        expect(digests.get(3) ?? A).toEqual(A);
        expect(cut([...lies, ...times(n - f, claim(3, [A, B]))], 'early').last).toBe(2);
      }),
    );
  });
});

describe('an END with claims', () => {
  const successor = new Uint8Array(32).fill(7);
  const claims: readonly StreamClaim[] = [
    { sender: 1, base: 3, delivered: [A, B], open: [said(3, A), said(4, A, A), said(6, A, B)] },
    { sender: 2, base: 1, delivered: [], open: [said(2, undefined, B)] },
  ];
  const end = encodeEnd(successor, claims);

  test('comes out as it went in, and is a batch without messages', () => {
    expect(successorOf(end)).toEqual(successor);
    expect(claimsOf(end, LIMITS)).toEqual(claims);
    expect(countBatch(end, LIMITS)).toBe(0);
    expect(decodeBatch(end, LIMITS)).toEqual({ ok: true, value: [] });
    expect(claimsOf(encodeEnd(successor), LIMITS)).toEqual([]);
  });

  test('is none if it is shorter, longer, out of order or beyond the window', () => {
    const one = (change: Partial<StreamClaim>): Uint8Array =>
      encodeEnd(successor, [{ sender: 1, base: 3, delivered: [], open: [], ...change }]);
    const wrong = [
      end.subarray(0, end.length - 1),
      new Uint8Array([...end, 0]),
      encodeEnd(successor, claims.toReversed()),
      one({ delivered: [A, A, A] }),
      one({ base: 9, delivered: [A, A, A, A, A] }),
      one({ open: [said(7, A)] }),
      one({ open: [said(4, A), said(4, A)] }),
      one({ open: [said(4)] }),
    ];
    for (const payload of wrong) {
      expect(countBatch(payload, LIMITS)).toBeUndefined();
      expect(claimsOf(payload, LIMITS)).toEqual([]);
      expect(decodeBatch(payload, LIMITS).ok).toBe(false);
    }
  });

  test('whatever bytes come, nothing is thrown, and little is believed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const payload = new Uint8Array([0, 0, ...successor, ...bytes]);
        const read = claimsOf(payload, LIMITS);
        if (read.length > 0) expect(encodeEnd(successor, read).length).toBe(payload.length);
      }),
    );
  });

  test('has a longest form, which `endBytesMax` says', () => {
    const digests = Array.from({ length: LIMITS.window }, () => A);
    const open = Array.from({ length: LIMITS.window }, (_, i) => said(9 + i, A, B));
    const longest = [1, 2].map((sender) => ({ sender, base: 9, delivered: digests, open }));
    expect(encodeEnd(successor, longest).length).toBe(endBytesMax(2, LIMITS));
    expect(countBatch(encodeEnd(successor, longest), LIMITS)).toBe(0);
  });

  test('claims about others than those given up count for nothing', () => {
    const committee = new Committee(4, 1);
    const rules = rulesOf(committee, 'early');
    const gone = committee.member(3);
    const about = (sender: number): Uint8Array =>
      encodeEnd(successor, [{ sender, base: 5, delivered: [], open: [] }]);
    const cutOfThree = (ends: readonly Uint8Array[]): number | undefined =>
      cutsOf(committee, rules, LIMITS, [gone], ends).get(gone)?.last;
    expect(cutOfThree([about(3), about(3), encodeEnd(successor)])).toBe(4);
    expect(cutOfThree([about(3), about(2), encodeEnd(successor)])).toBe(0);
  });

  test('where two are given up, each stream is cut by what is claimed about it, by those who claim about both', () => {
    const committee = new Committee(7, 2);
    const rules = rulesOf(committee, 'early');
    const gone = [committee.member(5), committee.member(6)];
    const about = (bases: Readonly<Record<number, number>>): Uint8Array =>
      encodeEnd(
        successor,
        Object.entries(bases).map(([sender, base]) => ({
          ...{ sender: Number(sender), base },
          ...{ delivered: [], open: [] },
        })),
      );
    const cutsBy = (...ends: readonly Uint8Array[]): (number | undefined)[] => {
      const cuts = cutsOf(committee, rules, LIMITS, gone, ends);
      return gone.map((id) => cuts.get(id)?.last);
    };
    const both = about({ 5: 3, 6: 9 });
    const [none, silent] = [about({ 5: 1, 6: 1 }), encodeEnd(successor)];
    expect(cutsBy(both, both, both, none, silent)).toEqual([2, 8]);
    // Two are f: whoever claims about others than these two adds nothing, not even about these.
    for (const other of [
      about({ 5: 3 }),
      about({ 6: 9 }),
      about({ 4: 3, 6: 9 }),
      about({ 5: 3, 6: 9, 4: 1 }),
      silent,
    ])
      expect(cutsBy(both, both, other, none, none)).toEqual([0, 0]);
  });
});
