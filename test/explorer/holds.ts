import { expect } from 'vitest';
import { explore, type KnownExploration } from '../../src/simulator/index.ts';

/** An exploration sees every state, as many as are known, and nothing wrong. */
export function holds({ options, states, transitions, depth }: KnownExploration): void {
  const explored = explore(options);
  expect(explored.violations).toEqual([]);
  expect(explored.complete).toBe(true);
  expect([explored.states, explored.transitions, explored.depth]).toEqual([states, transitions, depth]);
}
