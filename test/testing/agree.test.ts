import { describe, expect, test } from 'vitest';
import { createTestCluster, QuorumcastError, type TestCluster } from '../../src/testing/index.ts';

const text = ({ value }: { readonly value: Uint8Array }): string => Buffer.from(value).toString();
const codeOf = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof QuorumcastError) return error.code;
    throw error;
  }
  return 'none';
};

const bits = (cluster: TestCluster, topic: string, values: readonly (0 | 1)[], members = [0, 1, 2, 3]) =>
  Promise.all(members.map((id, i) => cluster.node(id).agree(topic, values[i] ?? 0)));

describe('agree in virtual time', () => {
  test('decides one of the proposals everywhere, and what all propose', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const cluster = await createTestCluster({ n: 4, seed });
      const mixed = await bits(cluster, 'x', [0, 1, 0, 1]);
      expect(new Set(mixed.map(({ value }) => value)).size).toBe(1);
      expect((await bits(cluster, 'y', [1, 1, 1, 1])).map(({ value }) => value)).toEqual([1, 1, 1, 1]);
    }
    const cluster = await createTestCluster({ n: 7 });
    const values = await Promise.all(
      cluster.nodes.map((node, i) => node.agree('who', i % 2 === 0 ? 'a' : 'b')),
    );
    expect(new Set(values.map(text)).size).toBe(1);
    expect(['a', 'b']).toContain(values[0] && text(values[0]));
  });

  test('the same seed gives the same run', async () => {
    const run = async () => {
      const cluster = await createTestCluster({ seed: 5 });
      return [await bits(cluster, 'x', [0, 1, 0, 1]), await cluster.node(0).agree('x', 1)];
    };
    expect(await run()).toEqual(await run());
  });

  test('holds with liars, and with a member that crashes and comes back with what it said', async () => {
    for (const liar of ['equivocate', 'silent', 'withhold'] as const)
      for (let seed = 1; seed <= 10; seed += 1) {
        const cluster = await createTestCluster({ n: 4, seed, byzantine: { 3: liar } });
        const early = cluster.node(0).agree('x', 1);
        for (let i = 0; i < 5; i += 1) cluster.step();
        cluster.crash(0);
        expect(await codeOf(() => early)).toBe('ERR_CLOSED');
        cluster.restart(0);
        expect(await codeOf(() => cluster.node(0).agree('x', 0))).toBe('ERR_IDEMPOTENCY_CONFLICT');
        const decided = await bits(cluster, 'x', [1, 1, 1], [0, 1, 2]);
        expect(decided.map(({ value }) => value)).toEqual([1, 1, 1]);
      }
  });

  test('a wait for what cannot be decided ends at once, and says so', async () => {
    const cluster = await createTestCluster();
    expect(await codeOf(() => bits(cluster, 'x', [1, 1], [0, 1]))).toBe('ERR_TIMEOUT');
    const third = await cluster.node(2).agree('x', 1);
    expect(third.value).toBe(1);
    expect((await cluster.node(0).agree('x', 1)).value).toBe(1);
  });

  test.each([
    [0, 'ERR_USAGE'],
    [1_025, 'ERR_PAYLOAD_TOO_LARGE'],
  ])('%i bytes are no value', async (length, code) => {
    const value = new Uint8Array(length);
    const cluster = await createTestCluster();
    expect(await codeOf(() => cluster.node(0).agree('x', value))).toBe(code);
    expect(await codeOf(() => cluster.node(0).agree('', 1))).toBe('ERR_USAGE');
  });
});
