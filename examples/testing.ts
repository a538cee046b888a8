// Your own code, tested against a cluster in virtual time: node --test examples/testing.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestCluster } from 'quorumcast/testing';

test('all correct members deliver the same, though one lies', async () => {
  const cluster = await createTestCluster({ n: 4, f: 1, seed: 7, byzantine: { 3: 'equivocate' } });
  await cluster.node(3).broadcast('what is told to p0 differs from what is told to p1');
  await cluster.node(0).broadcast('the truth');
  await cluster.settle();
  const [first = [], ...others] = [0, 1, 2].map((number) => {
    const texts = cluster.node(number).delivered.map((delivery) => delivery.text());
    return texts.toSorted(); // No order is promised between senders.
  });
  assert.ok(first.includes('the truth'));
  for (const other of others) assert.deepEqual(other, first);
});

test('two of four away: nothing is delivered until one is back', async () => {
  const cluster = await createTestCluster({ n: 4, f: 1, seed: 7 });
  cluster.partition([[0, 1], [2], [3]]);
  await cluster.node(0).broadcast('hi');
  assert.deepEqual(await cluster.deliveredTexts(), []);
  cluster.heal();
  assert.deepEqual(await cluster.deliveredTexts(), ['hi', 'hi', 'hi', 'hi']);
});
