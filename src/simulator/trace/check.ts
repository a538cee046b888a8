import { Judge, type Verdict } from '../checker/index.ts';
import type { TraceEvent } from '../event.ts';
import { contextOf, type TraceHeader } from './header.ts';

/** One trace. Its events may be read from a file, each time anew. */
export interface Trace {
  readonly header: TraceHeader;
  readonly events: Iterable<TraceEvent>;
}

/** What the checkers say of one trace, or of what several nodes of one cluster recorded. */
export function checkTraces(traces: readonly Trace[], faulty: readonly number[] = []): readonly Verdict[] {
  const first = traces[0];
  if (first === undefined) throw new RangeError('there is no trace to check');
  const judge = new Judge({ ...contextOf(first.header, faulty), unrecorded: unrecordedOf(traces) });
  for (const event of merged(traces)) judge.see(event);
  return judge.verdicts();
}

/**
 * Members some of whose turns are not among the events: those that recorded nothing, and those whose record, or a part of
 * it before a crash, does not end in order. A node that is killed has not written what it said last.
 */
function unrecordedOf(traces: readonly Trace[]): ReadonlySet<number> {
  const unrecorded = new Set<number>();
  const [first] = traces;
  if (first === undefined || first.header.source === 'simulator') return unrecorded;
  for (let node = 0; node < first.header.n; node += 1) unrecorded.add(node);
  const whole = traces.flatMap(({ header, events }) =>
    header.source === 'node' && endsInOrder(events) ? [header.node] : [],
  );
  for (const node of whole) unrecorded.delete(node);
  return unrecorded;
}

function endsInOrder(events: Iterable<TraceEvent>): boolean {
  let ended = false;
  for (const { e } of events) {
    if (e === 'crash' && !ended) return false;
    if (e === 'end') ended = true;
    else if (e === 'restart') ended = false;
  }
  return ended;
}

/** Clocks of different machines differ: only the order within a file means anything, and what a sender said comes first. */
function* merged(traces: readonly Trace[]): Iterable<TraceEvent> {
  if (traces.length === 1) {
    for (const { events } of traces) yield* events;
    return;
  }
  for (const { events } of traces) for (const event of events) if (event.e === 'say') yield event;
  let [t, ends] = [0, 0];
  for (const { events } of traces) {
    let quiescent = false;
    for (const event of events) {
      t = Math.max(t, event.t);
      if (event.e === 'end') quiescent = event.quiescent;
      else if (event.e !== 'say') yield event;
    }
    if (quiescent) ends += 1;
  }
  yield { e: 'end', t, quiescent: ends === traces.length };
}
