import type { Statement } from '../../member/index.ts';

/** The statements of members, in the order of their rank in a key. */
export const STATEMENTS: readonly Statement[] = ['initial', 'echo', 'ready'];

const INSTANCES = 0x1_0000_0000;
const MEMBERS = 64;

/** One number for an instance, and what a member said in it where the two are given. */
export function instanceKey(sender: number, instance: number, node = 0, statement = 0): number {
  return ((statement * MEMBERS + node) * MEMBERS + sender) * INSTANCES + (instance % INSTANCES);
}

/** The instance of a key. */
export function ofKey(key: number): { readonly sender: number; readonly instance: number } {
  return { sender: Math.floor(key / INSTANCES) % MEMBERS, instance: key % INSTANCES };
}
