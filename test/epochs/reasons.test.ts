import { expect, test } from 'vitest';
import { initCluster, nextCluster } from '../../src/node/cluster/index.ts';
import { reasonsOf } from '../../src/node/epochs/reasons.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';

const names = ['p0', 'p1', 'p2', 'p3'];
const cards = names.map((name, i) => makeCard(generateIdentity(name), [`127.0.0.1:${7_000 + i}`]));
const before = initCluster(cards, { name: 'reasons' });
const next = nextCluster(before, { addresses: new Map([['p1', ['127.0.0.1:9']]]) });

/** What p0 says while these are away for this reason. */
function said(reason: string, ended: boolean, away = ['p3']): readonly string[] {
  const members = names.map((name) => {
    const here = !away.includes(name);
    return { name, ended: here || ended, drained: here, givenUp: false };
  });
  const peers = names.slice(1).map((name) => {
    const connected = !away.includes(name);
    return { name, connected, sinceMs: 3_000, reason: connected ? '' : reason };
  });
  return reasonsOf(before, next, members, ended ? 4 : 3, peers);
}

const ADVICE = 'if p3 will not come back: make a file that gives it up, quorumcast cluster next --give-up p3';

test('who has gone over ahead of this node is waited for, and nobody is told to give it up', () => {
  expect(said('wrong-epoch: p3 is in epoch 2, p0 in 1', true)).toEqual([
    'p3 has not said that it delivered all of epoch 1 (away for 3 s: wrong-epoch: p3 is in epoch 2, p0 in 1)',
  ]);
  expect(said('unreachable: refused', true)).toContain(ADVICE);
  // Without its END nothing of this epoch comes to an end, wherever it is.
  expect(said('wrong-epoch: p3 is in epoch 2, p0 in 1', false)).toContain(ADVICE);
});

test('where more are away than can be given up, one of them has to come back', () => {
  const reasons = said('unreachable: refused', false, ['p2', 'p3']);
  expect(reasons).toContain(
    'no more than f = 1 can be given up, and p2, p3 are more: bring one of them back',
  );
  expect(reasons.some((reason) => reason.includes('--give-up'))).toBe(false);
});
