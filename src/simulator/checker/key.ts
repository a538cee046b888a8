import { MEMBERS_MAX } from '../../committee/index.ts';
import type { Statement } from '../../member/index.ts';

/** The statements of members, in the order of their rank in a key. */
export const STATEMENTS: readonly Statement[] = ['initial', 'echo', 'ready'];

/** What stands before the instance in a key: statement, member and sender. */
const PLACES = 4 * MEMBERS_MAX * MEMBERS_MAX;
/** Keys are whole up to here. */
const INSTANCES = 0x8_0000_0000;

/**
 * One number for an instance, and what a member said in it where the two are given. That of a low instance is a small
 * integer, which maps find sooner.
 */
export function instanceKey(sender: number, instance: number, node = 0, statement = 0): number {
  return (instance % INSTANCES) * PLACES + (statement * MEMBERS_MAX + node) * MEMBERS_MAX + sender;
}

/** The instance of a key. */
export function ofKey(key: number): {
  readonly sender: number;
  readonly instance: number;
  readonly node: number;
} {
  return {
    sender: key % MEMBERS_MAX,
    instance: Math.floor(key / PLACES),
    node: Math.floor(key / MEMBERS_MAX) % MEMBERS_MAX,
  };
}
