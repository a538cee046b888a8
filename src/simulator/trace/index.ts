export { checkTraces, type Trace } from './check.ts';
export {
  contextOf,
  type NodeHeader,
  type SimulatedHeader,
  simulatedHeader,
  type TraceHeader,
} from './header.ts';
export { type ParsedTrace, parseTrace, parseTraceEvent, parseTraceHeader } from './parse.ts';
