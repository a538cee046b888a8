import type { CheckContext } from '../checker/index.ts';
import type { Decision } from '../decision.ts';
import { TRACE_VERSION } from '../event.ts';
import { checkContext, type Scenario } from '../world/index.ts';

/** The first line of a simulated run's trace: all that the run follows from. */
export interface SimulatedHeader {
  readonly v: typeof TRACE_VERSION;
  readonly source: 'simulator';
  readonly scenario: Scenario;
  /** The bug that was put in; absent: none. */
  readonly mutant?: string;
  /** Instead of chance: what was decided. Absent: the scenario's seed decides. */
  readonly decisions?: readonly Decision[];
}

/** The first line of what one node recorded. */
export interface NodeHeader {
  readonly v: typeof TRACE_VERSION;
  readonly source: 'node';
  /** The member that recorded it. */
  readonly node: number;
  /** Of the cluster definition, hexadecimal: files of one cluster are checked together. */
  readonly cluster: string;
  readonly n: number;
  readonly f: number;
  readonly window: number;
  /** Most payload bytes a member may hold of one sender. */
  readonly bytesMax: number;
}

/** The first line of a trace. */
export type TraceHeader = SimulatedHeader | NodeHeader;

/** The header of a run in the simulator. */
export function simulatedHeader(
  scenario: Scenario,
  more: Pick<SimulatedHeader, 'mutant' | 'decisions'> = {},
): SimulatedHeader {
  return { v: TRACE_VERSION, source: 'simulator', scenario, ...more };
}

/** What the checkers are told. `faulty`: members known to be faulty, where the header cannot know. */
export function contextOf(header: TraceHeader, faulty: readonly number[] = []): CheckContext {
  if (header.source === 'simulator') return checkContext(header.scenario);
  const { n, f, window, bytesMax } = header;
  // What a real node keeps is its own affair.
  return { n, f, window, bytesMax, faulty: new Set(faulty), maySkip: true };
}
