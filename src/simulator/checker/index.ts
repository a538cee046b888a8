export {
  type CheckContext,
  Checker,
  type Finding,
  PROPERTIES,
  type PropertyName,
  type Verdict,
} from './checker.ts';
export { Judge } from './judge.ts';
export { Totality, Validity } from './liveness.ts';
export {
  Agreement,
  Fifo,
  Integrity,
  MemoryBound,
  NoAssertionFails,
  NoFalseAccusation,
  SayOnce,
} from './safety.ts';
export { Tally } from './tally.ts';
