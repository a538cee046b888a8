import { setFlagsFromString } from 'node:v8';

const FLAG = '--heap-growing-percent';

/**
 * How far the heap may grow before the engine collects all of it: to five times what was in use. Left alone, it sets
 * the mark by the objects of the program, some ten megabytes here, and counts against it every payload that came and
 * went outside of the heap: a member of large payloads is then collected every eight of them, at a third of its
 * processor time. `docs/adr/0014-room-for-the-heap.md` has the measurements.
 */
const HEAP_GROWING_PERCENT = 400;

/** Lets this process, which is a member and nothing else, grow its heap further; unless its command line says otherwise. */
export function giveHeapRoom(): void {
  const flag = heapFlag(process.execArgv);
  if (flag !== undefined) setFlagsFromString(flag);
}

/** The flag to set in a process that was started with these; undefined if they have it. */
export function heapFlag(execArgv: readonly string[]): string | undefined {
  const isGiven = execArgv.some((word) => word.replaceAll('_', '-').startsWith(FLAG));
  return isGiven ? undefined : `${FLAG}=${HEAP_GROWING_PERCENT}`;
}
