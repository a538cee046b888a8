import { describe, expect, test } from 'vitest';
import { type NodeHeader, parseTrace } from '../../dist/simulator/index.js';
import { checkTestimonies, compareLogs, Witness } from './verdict.mjs';

// A judge that cannot condemn is none: each of its ways to do so is tried.

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const HEADER: NodeHeader = {
  v: 1,
  source: 'node',
  node: 0,
  cluster: '00',
  n: 4,
  f: 1,
  window: 256,
  bytesMax: 1_000_000,
};

const said = (node: number, digest = A, statement = 'echo') => ({
  ...{ e: 'say', t: 1, node, statement, sender: 0 },
  instance: 1,
  digest,
});
const delivered = (node: number, digest = A, instance = 1) => ({
  ...{ e: 'deliver', t: 2, node, sender: 0, instance, digest },
  firstSeq: instance,
  count: 1,
});
const CRASH = (node: number) => ({ e: 'crash', t: 3, node, point: 'before-sync' });
const entry = (digest = A, firstSeq = 1) => ({ digest, echo: digest, firstSeq, count: 1 });

/** What three honest members of four recorded, and what their logs say; the fourth lied. */
function findings(recorded: readonly (readonly object[])[], logged: ReturnType<typeof entry>[] = [entry()]) {
  return checkTestimonies(
    recorded.map((events, node) => {
      const lines = [{ ...HEADER, node }, ...events].map((line) => `${JSON.stringify(line)}\n`);
      const trace = parseTrace(lines.join(''));
      if (!trace.ok) throw new Error(trace.error);
      return { node, trace, history: [logged, [], [], []] };
    }),
    4,
  );
}

const GOOD = [0, 1, 2].map((node) => [
  ...(node === 0 ? [said(0, A, 'initial')] : []),
  said(node),
  delivered(node),
]);

describe('what members recorded', () => {
  test('is in order if they said and delivered the same', () => {
    expect(findings(GOOD)).toEqual([]);
  });

  test('is completed from their logs where a crash cut it short, and only there', () => {
    const [first = [], second = [], third = []] = GOOD;
    const two = [entry(), entry(A, 2)];
    const on = (events: object[], node: number) => [...events, delivered(node, A, 2)];
    const all = [on(first, 0), on([CRASH(1)], 1), [...third, CRASH(2)]];
    expect(findings(all, two)).toEqual([]);
    expect(findings([on(first, 0), on([], 1), on(third, 2)], two).join()).toMatch(/fifo is violated/);
    expect(second.length).toBeGreaterThan(0);
  });

  test.each([
    [
      'two payloads for one instance',
      [GOOD[0], GOOD[1], [said(2, B), delivered(2, B)]],
      /agreement is violated/,
    ],
    ['two votes of one member', [GOOD[0], GOOD[1], [...(GOOD[2] ?? []), said(2, B)]], /say-once is violated/],
    ['an instance twice', [GOOD[0], GOOD[1], [...(GOOD[2] ?? []), delivered(2)]], /integrity is violated/],
    ['one that lacks what others have', [GOOD[0], GOOD[1], [said(2)]], /totality is not shown/],
    [
      'an honest member accused',
      [
        GOOD[0],
        GOOD[1],
        [...(GOOD[2] ?? []), { e: 'fault', t: 1, node: 2, accused: 1, code: 'equivocation' }],
      ],
      /no-false-accusation is violated/,
    ],
  ])('with %s is condemned', (_, recorded, expected) => {
    expect(findings(recorded as object[][]).join()).toMatch(expected);
  });

  test('may accuse the liar', () => {
    const accusing = [...(GOOD[2] ?? []), { e: 'fault', t: 1, node: 2, accused: 3, code: 'equivocation' }];
    expect(findings([GOOD[0] ?? [], GOOD[1] ?? [], accusing])).toEqual([]);
  });

  test('contradicting its own log is condemned', () => {
    const [first = [], second = []] = GOOD;
    expect(findings([first, second, [said(2, B), delivered(2)]]).join()).toMatch(/say-once is violated/);
  });
});

describe('what members were told', () => {
  const told = (peer: number, digest: string, kind = 'echo') =>
    ({ ...{ e: 'recv', t: 1, node: 1, peer, id: 'x' }, kind, sender: 0, instance: 1, digest }) as never;

  test('twice the same is in order, two things are not, whatever came between', () => {
    const witness = new Witness([0, 1, 2]);
    for (const event of [
      told(0, 'aa'),
      told(0, 'aa'),
      told(0, 'bb', 'ready'),
      told(3, 'aa'),
      told(3, 'bb'),
    ]) {
      witness.see(event);
    }
    expect(witness.contradictions).toEqual([]);
    witness.see(told(0, 'bb'));
    expect(witness.contradictions).toEqual([
      'say-once: echo of p0 in instance 1 of p0 was for aa, then for bb',
    ]);
  });
});

describe('delivered logs', () => {
  const member = (id: number, accepted: [number, string][] = []) => ({
    ...{ id, name: `p${id}` },
    accepted: new Map(accepted),
  });

  test('that are equal and hold what was accepted are in order', () => {
    expect(compareLogs([[['x']], [['x']]], [member(0, [[1, 'x']]), member(1)])).toEqual([]);
  });

  test.each([
    ['differ', [[['x']], [['y']]], /agreement: p0#1/],
    ['are of different lengths', [[['x']], [['x', 'y']]], /agreement: p0#2/],
  ])('that %s are not', (_, logs, expected) => {
    expect(compareLogs(logs, [member(0), member(1)]).join()).toMatch(expected);
  });

  test('that lack what was accepted are not', () => {
    expect(compareLogs([[['x']], [['x']]], [member(0, [[2, 'y']]), member(1)])).toEqual([
      'durability: p0#2 was accepted and is lost',
    ]);
  });
});
