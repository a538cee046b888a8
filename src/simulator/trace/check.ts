import { Judge, type Verdict } from '../checker/index.ts';
import type { TraceEvent } from '../event.ts';
import { contextOf, type TraceHeader } from './header.ts';

/** One trace, as parsed. */
export interface Trace {
  readonly header: TraceHeader;
  readonly events: readonly TraceEvent[];
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
function merged(traces: readonly Trace[]): readonly TraceEvent[] {
  if (traces.length === 1) return traces[0]?.events ?? [];
  const all = traces.flatMap(({ events }) => events);
  const said = all.filter((event) => event.e === 'say');
  const rest = all.filter((event) => event.e !== 'say' && event.e !== 'end');
  const ends = all.filter((event) => event.e === 'end');
  const quiescent = ends.length === traces.length && ends.every((event) => event.quiescent);
  return [...said, ...rest, { e: 'end', t: Math.max(0, ...all.map(({ t }) => t)), quiescent }];
}
