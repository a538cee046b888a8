export { type Effect, type Effects, NOTHING } from './effect.ts';
export { FAULT_CODES, type FaultCode } from './fault.ts';
export { lift } from './lift.ts';
export type { Protocol } from './protocol.ts';
