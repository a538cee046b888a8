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
  const judge = new Judge(contextOf(first.header, faulty));
  for (const event of merged(traces)) judge.see(event);
  return judge.verdicts();
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
