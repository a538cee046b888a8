import type { VoteKind } from './message.ts';

/** Tags of the messages in a frame. `docs/wire.md` is the specification. */
export const TAG = {
  initial: 1,
  echo: 2,
  ready: 3,
  done: 4,
  pull: 5,
  payload: 6,
  dispersal: 7,
  shard: 8,
  status: 16,
  horizon: 17,
  ask: 18,
  count: 19,
} as const;

/** The votes, by their tags: those of one kind on consecutive instances of one sender share tag, sender and instance. */
export const VOTES: readonly (VoteKind | undefined)[] = [undefined, undefined, 'echo', 'ready', 'done'];
/** Most votes in one run. */
export const RUN_MAX = 255;

/** In a frame: where the number of its messages stands, and the first of them. */
export const COUNT_AT = 10;
export const MESSAGES_AT = 12;
/** Most messages in one frame, each vote of a run counted. */
export const FRAME_MESSAGES_MAX = 4_096;
/** The flag of a STATUS that asks for everything again. */
export const RESYNC = 1;
