import { describe, expect, test } from 'vitest';
import { createTestCluster } from '../../src/testing/index.ts';
import { alone, errorOf } from './kit.ts';

/** What both a node and one of a test's cluster can be asked, with options as callers without types write them. */
interface Asked {
  broadcast(payload: string, options: never): Promise<{ delivered(options: never): Promise<unknown> }>;
  broadcastMany(payloads: readonly string[], options: never): Promise<unknown>;
  deliveries(options: never): unknown;
  deliveryBatches(options: never): unknown;
  whenReady(options: never): Promise<unknown>;
  drain(options: never): Promise<unknown>;
}

const CALLS: readonly (readonly [name: string, call: (node: Asked, options: never) => unknown])[] = [
  ['broadcast', (node, options) => node.broadcast('x', options)],
  ['broadcastMany', (node, options) => node.broadcastMany(['x'], options)],
  ['deliveries', (node, options) => node.deliveries(options)],
  ['deliveries', (node, options) => node.deliveryBatches(options)],
  ['whenReady', (node, options) => node.whenReady(options)],
  ['drain', (node, options) => node.drain(options)],
  ['delivered', async (node, options) => (await node.broadcast('x', {} as never)).delivered(options)],
];

const NODES: readonly (readonly [where: string, make: () => Promise<Asked>])[] = [
  ['a node', () => alone()],
  ['a node of a test', async () => (await createTestCluster()).nodes[0]],
];

describe.each(NODES)('%s', (_where, make) => {
  test.each(CALLS)('takes no option that would do nothing: %s', async (name, call) => {
    const node = await make();
    const refused = async (options: unknown, message: string): Promise<void> => {
      const error = await errorOf(async () => call(node, options as never));
      expect(error).toMatchObject({ code: 'ERR_USAGE', definite: true, retryable: false, message });
      expect(error.hint).toContain('signal');
    };
    // The key that was meant protects from a second broadcast, this one from nothing.
    await refused({ idempotencykey: 'a' }, `${name} has no option "idempotencykey"`);
    await refused(AbortSignal.timeout(60_000), `${name} takes a signal by its name: { signal }`);
    await refused({ signal: 5_000 }, `the signal of ${name} is no AbortSignal`);
    await refused('delivered', `${name} takes its options as one object, not string`);
    await refused(null, `${name} takes its options as one object, not null`);
    // Nothing of it happened: the node is not draining, and takes what is said as it should be.
    await expect(
      node.broadcast('y', { waitFor: 'delivered', signal: AbortSignal.timeout(10_000) } as never),
    ).resolves.toBeDefined();
  });
});
