import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RecordedCluster, Recorder } from '../../src/cli/sim/recorder.ts';
import { Committee, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher } from '../../src/crypto/index.ts';
import type { Member } from '../../src/member/index.ts';
import { nativeSha256 } from '../../src/node/index.ts';
import { checkTraces, Host, Network, parseTrace, type Trace } from '../../src/simulator/index.ts';

const CLUSTER: RecordedCluster = {
  committee: new Committee(4, 1),
  digest: new Uint8Array(32).fill(7),
  limits: LIMITS_DEFAULT,
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorumcast-recorder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Four recorded members that each broadcast something, until nothing is under way. */
function recordCluster(cluster: RecordedCluster): Trace[] {
  const { committee } = cluster;
  const recorders: Recorder[] = [];
  const hosts = committee.ids.map((id) => hostOf(cluster, id, recorders));
  const network = new Network(hosts, committee.ids, 7, () => undefined);
  for (const a of committee.ids) for (const b of committee.ids) if (a < b) network.connect(a, b);
  for (const id of committee.ids) {
    network.turn(id, (host) =>
      host.turn((member) => {
        member.submit(new TextEncoder().encode(`hello from ${id}`));
        return [];
      }),
    );
  }
  network.settle();
  for (const recorder of recorders) recorder.close();
  return committee.ids.map((id) => {
    const parsed = parseTrace(readFileSync(join(folder, `p${id}.jsonl`), 'utf8'));
    if (!parsed.ok) throw new Error(`line ${parsed.line}: ${parsed.error}`);
    return parsed;
  });
}

function hostOf(cluster: RecordedCluster, self: NodeId, recorders: Recorder[]): Host {
  const hasher = new PayloadHasher(nativeSha256, cluster.digest);
  return new Host({
    epoch: 1,
    member: { committee: cluster.committee, self, form: 'early', limits: LIMITS_DEFAULT, hasher },
    corrupt: (honest: Member) => {
      const recorder = new Recorder(honest, cluster, join(folder, `p${self}.jsonl`));
      recorders.push(recorder);
      return recorder;
    },
  });
}

test('what four members record holds, and nothing of it is missing', () => {
  const traces = recordCluster(CLUSTER);
  expect(new Set(checkTraces(traces).map(({ finding }) => finding))).toEqual(new Set(['holds']));
  for (const { events } of traces) {
    const kinds = new Set(events.map(({ e }) => e));
    for (const kind of ['submit', 'say', 'send', 'recv', 'deliver', 'up', 'end'])
      expect(kinds).toContain(kind);
    expect(events.filter(({ e }) => e === 'deliver')).toHaveLength(4);
  }
});

test('one file that says something else is found out', () => {
  const traces = recordCluster(CLUSTER);
  const forged = traces.map((trace, index) => ({
    header: trace.header,
    events: trace.events.map((event) =>
      index === 2 && event.e === 'deliver' && event.sender === 0
        ? { ...event, digest: 'ff'.repeat(32) }
        : event,
    ),
  }));
  const violated = checkTraces(forged).filter(({ finding }) => finding === 'violated');
  expect(violated.map(({ property }) => property)).toEqual(['agreement', 'integrity']);
});
