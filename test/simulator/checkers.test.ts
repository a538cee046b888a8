import { describe, expect, test } from 'vitest';
import { Committee } from '../../src/committee/index.ts';
import { Judge, PROPERTIES, type PropertyName, type TraceEvent } from '../../src/simulator/index.ts';

const { ids } = new Committee(4, 1);
const [p0, p1, p2, p3] = ids;
if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined)
  throw new Error('four members');

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);

const submit = (node: typeof p0, seq = 1): TraceEvent => ({ e: 'submit', t: 0, node, seq, text: 'm' });
const initial = (node: typeof p0, digest = A, instance = 1): TraceEvent => ({
  e: 'say',
  t: 0,
  node,
  statement: 'initial',
  sender: node,
  instance,
  digest,
});
const echo = (node: typeof p0, digest = A): TraceEvent => ({
  e: 'say',
  t: 0,
  node,
  statement: 'echo',
  sender: p3,
  instance: 1,
  digest,
});
const deliver = (node: typeof p0, more: Partial<Extract<TraceEvent, { e: 'deliver' }>> = {}): TraceEvent => ({
  e: 'deliver',
  t: 0,
  node,
  sender: p3,
  instance: 1,
  digest: A,
  firstSeq: 1,
  count: 1,
  ...more,
});
const end = (quiescent: boolean): TraceEvent => ({ e: 'end', t: 9, quiescent });

/** The findings about four members of which p3 is faulty. */
function judged(events: readonly TraceEvent[]): Readonly<Record<string, string>> {
  const judge = new Judge({ n: 4, f: 1, faulty: new Set([3]), window: 8, bytesMax: 100 });
  for (const event of events) judge.see(event);
  return Object.fromEntries(judge.verdicts().map(({ property, finding }) => [property, finding]));
}

/** A trace that breaks one property, of which the judge says so and of no other. */
const BAD: readonly (readonly [PropertyName, string, readonly TraceEvent[]])[] = [
  ['agreement', 'two payloads for one instance', [deliver(p0), deliver(p1, { digest: B }), deliver(p2)]],
  ['agreement', 'different numbers', [deliver(p0, { count: 2 }), deliver(p1), deliver(p2)]],
  ['validity', 'a correct sender is not heard', [initial(p0), end(true)]],
  ['validity', 'a message that was handed over never leaves', [submit(p0), end(true)]],
  ['totality', 'one of three delivers', [deliver(p0), end(true)]],
  [
    'integrity',
    'what nobody said',
    [deliver(p0, { sender: p1 }), deliver(p1, { sender: p1 }), deliver(p2, { sender: p1 })],
  ],
  ['integrity', 'an empty batch', ids.slice(0, 3).map((id) => deliver(id, { count: 0 }))],
  ['fifo', 'the second before the first', ids.slice(0, 3).map((id) => deliver(id, { instance: 2 }))],
  ['fifo', 'a number left out', ids.slice(0, 3).map((id) => deliver(id, { firstSeq: 2 }))],
  ['say-once', 'two ECHOs', [echo(p0), echo(p0, B)]],
  ['say-once', 'another ECHO after a crash', [echo(p0), { e: 'restart', t: 1, node: p0 }, echo(p0, B)]],
  [
    'no-false-accusation',
    'a correct one accused',
    [{ e: 'fault', t: 0, node: p0, accused: p1, code: 'equivocation' }],
  ],
  ['memory', 'too many open', [{ e: 'hold', t: 0, node: p0, sender: p3, bytes: 1, open: 9 }]],
  ['memory', 'too many bytes', [{ e: 'hold', t: 0, node: p0, sender: p3, bytes: 101, open: 1 }]],
  ['no-assertion-fails', 'an assertion', [{ e: 'broken', t: 0, node: p0, note: 'x' }]],
];

test('there is a bad trace for every property', () => {
  expect(new Set(BAD.map(([property]) => property))).toEqual(new Set(PROPERTIES));
});

test.each(BAD)('%s is violated by %s', (property, _what, events) => {
  const findings = judged(events);
  expect(Object.entries(findings).filter(([, finding]) => finding === 'violated')).toEqual([
    [property, 'violated'],
  ]);
});

describe('what is no violation', () => {
  test('the same ECHO twice', () => {
    expect(judged([echo(p0), echo(p0), end(true)])['say-once']).toBe('holds');
  });

  test('anything that a faulty member does', () => {
    const findings = judged([
      echo(p3),
      echo(p3, B),
      deliver(p3, { digest: B, instance: 7 }),
      { e: 'broken', t: 0, node: p3, note: 'it proposed what was delivered in its name before' },
      { e: 'fault', t: 0, node: p0, accused: p3, code: 'equivocation' },
      { e: 'fault', t: 0, node: p3, accused: p0, code: 'equivocation' },
      end(true),
    ]);
    expect(new Set(Object.values(findings))).toEqual(new Set(['holds']));
  });

  test('a message that was lost with the memory of its member', () => {
    const lost: readonly TraceEvent[] = [
      submit(p0),
      { e: 'crash', t: 1, node: p0, point: 'before-sync' },
      { e: 'restart', t: 2, node: p0 },
      end(true),
    ];
    expect(judged(lost)['validity']).toBe('holds');
  });

  test('what an unfinished run still owes: that is undecided', () => {
    expect(judged([initial(p0), deliver(p1), end(false)])).toMatchObject({
      validity: 'undecided',
      totality: 'undecided',
    });
  });
});

test('members beyond the sixty-fourth are not taken for others', () => {
  const { ids: hundred } = new Committee(100, 33);
  const judge = new Judge({ n: 100, f: 33, faulty: new Set(), window: 8, bytesMax: 100 });
  for (const sender of hundred) judge.see(initial(sender));
  for (const node of hundred) for (const sender of hundred) judge.see(deliver(node, { sender }));
  judge.see(end(true));
  expect(judge.verdicts().filter(({ finding }) => finding !== 'holds')).toEqual([]);
});
