import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Evidence, NodeStatus, PeerView } from '../../src/node/api.ts';
import { createMetrics } from '../../src/node/metrics/index.ts';
import { ask, oneOf, stand, until } from '../http/harness.ts';

/** The values of one metric by the text of its labels. */
function samples(text: string, name: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('metrics', () => {
  test('tell what the node says of itself', async () => {
    const node = await oneOf(4);
    const metrics = createMetrics(node);
    await node.broadcast('waits');
    await until(() => node.status().streams[0]?.open === 1);
    const text = await metrics.text();
    expect(samples(text, 'quorumcast_members')).toEqual({ '': 4 });
    expect(samples(text, 'quorumcast_fault_threshold')).toEqual({ '': 1 });
    expect(samples(text, 'quorumcast_epoch')).toEqual({ '': 1 });
    expect(samples(text, 'quorumcast_ready')).toEqual({ '': 0 });
    expect(samples(text, 'quorumcast_quorum_margin')).toEqual({ '': -2 });
    expect(samples(text, 'quorumcast_instances_active')).toEqual({ '': 1 });
    expect(samples(text, 'quorumcast_peer_connected')).toEqual({
      '{peer="p1"}': 0,
      '{peer="p2"}': 0,
      '{peer="p3"}': 0,
    });
    expect(samples(text, 'quorumcast_peer_rtt_seconds')).toEqual({});
    expect(samples(text, 'quorumcast_deliveries_total')['{peer="p0"}']).toBe(0);
    expect(samples(text, 'quorumcast_build_info')).toEqual({ [`{version="${node.status().version}"}`]: 1 });
    expect(Object.keys(samples(text, 'process_resident_memory_bytes'))).toEqual(['']);
  });

  test('count on from what the node counted, and drop what is gone', async () => {
    const node = await oneOf(1);
    let evidence: readonly Evidence[] = [
      {
        peer: node.id,
        name: 'p3',
        code: 'equivocation',
        count: 2,
        about: undefined,
        first: '',
        last: '',
        proofs: [],
      },
    ];
    const metrics = createMetrics({
      status: (): NodeStatus => node.status(),
      peers: (): readonly PeerView[] => node.peers(),
      evidence: () => evidence,
    });
    const read = async (): Promise<Record<string, number>> =>
      samples(await metrics.text(), 'quorumcast_evidence_total');
    expect(await read()).toEqual({ '{peer="p3",kind="equivocation"}': 2 });
    expect(await read()).toEqual({ '{peer="p3",kind="equivocation"}': 2 });
    evidence = [];
    expect(await read()).toEqual({});
    await node.broadcast('one', { waitFor: 'delivered' });
    expect(samples(await metrics.text(), 'quorumcast_deliveries_total')).toEqual({ '{peer="p0"}': 1 });
    await node.broadcast('two', { waitFor: 'delivered' });
    expect(samples(await metrics.text(), 'quorumcast_deliveries_total')).toEqual({ '{peer="p0"}': 2 });
  });

  test('of two nodes in one process are their own', async () => {
    const [one, two] = [await oneOf(1), await oneOf(4)];
    const [first, second] = [createMetrics(one), createMetrics(two)];
    first.onDelivered(0.01);
    expect(samples(await first.text(), 'quorumcast_delivery_latency_seconds_count')).toEqual({ '': 1 });
    expect(samples(await second.text(), 'quorumcast_delivery_latency_seconds_count')).toEqual({ '': 0 });
    expect(samples(await second.text(), 'quorumcast_members')).toEqual({ '': 4 });
  });

  test('time the messages that came over HTTP, each once', async () => {
    const { port } = await stand();
    const headers = { 'Idempotency-Key': 'k' };
    for (let i = 0; i < 3; i += 1) {
      await ask(port, '/v1/broadcasts?wait=delivered', { method: 'POST', body: 'same', headers });
    }
    const { text } = await ask(port, '/metrics');
    expect(samples(text, 'quorumcast_delivery_latency_seconds_count')).toEqual({ '': 1 });
  });

  test('have a form that Prometheus reads: help, type, base units, no label beyond the few', async () => {
    const node = await oneOf(4);
    const metrics = createMetrics(node);
    const text = await metrics.text();
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{[^{}]*\})? (-?[0-9.e+-]+|NaN|\+Inf))?$/i,
      );
    }
    const own = metrics.names().filter((name) => name.startsWith('quorumcast_'));
    expect(own.length).toBeGreaterThan(20);
    for (const name of own) {
      expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.+$`, 'm'));
      const [, type] = new RegExp(`^# TYPE ${name} (.+)$`, 'm').exec(text) ?? [];
      expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
      expect(name).not.toMatch(/_(ms|milliseconds|kb|percent)(_|$)/);
    }
    const labels = new Set(
      [...text.matchAll(/^quorumcast_\w+\{([^}]*)\}/gm)].flatMap(([, inside = '']) =>
        [...inside.matchAll(/(\w+)="/g)].map(([, name]) => name),
      ),
    );
    expect([...labels].sort()).toEqual(['le', 'peer', 'version']);
  });
});

describe('docs/metrics.md', () => {
  test('explains exactly the metrics that there are', async () => {
    const node = await oneOf(1);
    const names = createMetrics(node).names();
    const document = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [
      ...document.matchAll(
        /^\| `(quorumcast_\w+)(?:\{([a-z,]+)\})?` \| (gauge|counter|histogram) \| .{10,} \|$/gm,
      ),
    ];
    expect(rows.map(([, name]) => name).sort()).toEqual(
      names.filter((name) => name.startsWith('quorumcast_')).sort(),
    );
    const text = await createMetrics(node).text();
    for (const [, name, , type] of rows) expect(text).toContain(`# TYPE ${name} ${type}\n`);
  });

  test('and its queries and alerts use only those', async () => {
    const node = await oneOf(1);
    const known = new Set(createMetrics(node).names());
    const document = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    for (const [name] of document.matchAll(/\bquorumcast_[a-z_]+[a-z]/g)) {
      expect(known, name).toContain(name.replace(/_(bucket|sum|count)$/, ''));
    }
  });
});
