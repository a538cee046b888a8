import { BROADCAST_MUTANTS } from './broadcast.ts';
import { CODED_MUTANTS } from './coded.ts';
import type { Mutant } from './mutant.ts';
import { STREAM_MUTANTS } from './streams.ts';

export { KILLS, type Kill } from './kills.ts';
export type { Mutant } from './mutant.ts';

/** Every named bug. */
export const MUTANTS: readonly Mutant[] = [...BROADCAST_MUTANTS, ...STREAM_MUTANTS, ...CODED_MUTANTS];
