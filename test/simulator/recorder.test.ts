import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RecordedCluster, Recorder } from '../../src/cli/sim/recorder.ts';
import { Committee, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher } from '../../src/crypto/index.ts';
import { Member, type MemberOptions } from '../../src/member/index.ts';
import { nativeSha256 } from '../../src/node/index.ts';
import {
  checkTraces,
  Host,
  Network,
  parseTrace,
  type Trace,
  type TraceEvent,
} from '../../src/simulator/index.ts';

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
function recordCluster(cluster: RecordedCluster): (Trace & { readonly events: readonly TraceEvent[] })[] {
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

function optionsOf({ committee, digest }: RecordedCluster, self: NodeId): MemberOptions {
  const hasher = new PayloadHasher(nativeSha256, digest);
  return { committee, self, form: 'early', limits: LIMITS_DEFAULT, hasher };
}

const memberOf = (cluster: RecordedCluster): Member =>
  new Member(optionsOf(cluster, cluster.committee.member(0)));

function hostOf(cluster: RecordedCluster, self: NodeId, recorders: Recorder[]): Host {
  return new Host({
    epoch: 1,
    member: optionsOf(cluster, self),
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
    for (const kind of ['submit', 'say', 'send', 'recv', 'deliver', 'hold', 'up', 'end'])
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

/** A member of the cluster that records to p0.jsonl, and that file's text. */
function p0(cluster = CLUSTER): { readonly recorder: Recorder; readonly text: () => string } {
  const recorders: Recorder[] = [];
  hostOf(cluster, cluster.committee.member(0), recorders);
  const [recorder] = recorders;
  if (recorder === undefined) throw new Error('the host makes one');
  return { recorder, text: () => readFileSync(join(folder, 'p0.jsonl'), 'utf8') };
}

test('a member that is killed in the middle of a line goes on in its trace, and the trace can be read', () => {
  const first = p0();
  first.recorder.close();
  const before = first.text();
  appendFileSync(join(folder, 'p0.jsonl'), '{"e":"deliver","t":17');
  expect(parseTrace(first.text()), 'while nobody has gone on').toMatchObject({ ok: true });
  const second = p0();
  second.recorder.close();
  expect(second.text().startsWith(before)).toBe(true);
  const parsed = parseTrace(second.text());
  if (!parsed.ok) throw new Error(parsed.error);
  expect(parsed.events.map(({ e }) => e)).toEqual(['end', 'crash', 'restart', 'end']);
});

test('a file of another cluster, or of no trace at all, is left alone', () => {
  const path = join(folder, 'p0.jsonl');
  p0({ ...CLUSTER, digest: new Uint8Array(32).fill(8) }).recorder.close();
  for (const text of [readFileSync(path, 'utf8'), 'shopping list\n', `${'x'.repeat(200_000)}\n`]) {
    writeFileSync(path, text);
    expect(() => p0()).toThrow(`${path} is not a trace of this member in this cluster`);
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
  expect(() => new Recorder(memberOf(CLUSTER), CLUSTER, folder)).toThrow('it is a folder');
});

test('a disk that takes no more ends the recording, and not the member', async () => {
  const warned = once(process, 'warning');
  const recorder = new Recorder(memberOf(CLUSTER), CLUSTER, '/dev/full');
  expect(recorder.submit(new Uint8Array(3))).toBe(1);
  recorder.close();
  const [warning]: [Error] = (await warned) as [Error];
  expect(warning.message).toBe('the trace /dev/full ends here, the node goes on: no space left');
});

type Recorded = Trace & { readonly events: readonly TraceEvent[] };

const findingsOf = (traces: readonly Trace[]): Record<string, string> =>
  Object.fromEntries(checkTraces(traces).map(({ property, finding }) => [property, finding]));

/** As if p0 had been killed right before it wrote this turn down: `keeps` says what stands in its file. */
function killed(traces: readonly Recorded[], keeps: (event: TraceEvent) => boolean): Recorded[] {
  return traces.map((trace) => {
    const { header, events } = trace;
    const own = header.source === 'node' && header.node === 0;
    return own ? { header, events: events.filter((event) => event.e !== 'end' && keeps(event)) } : trace;
  });
}

const saysOwn = (event: TraceEvent): boolean =>
  event.e === 'say' && event.statement === 'initial' && event.sender === 0;

test('what a killed node said last and could not write down is undecided', () => {
  const traces = recordCluster(CLUSTER);
  const torn = killed(traces, (event) => !saysOwn(event));
  expect(findingsOf(torn)).toMatchObject({ integrity: 'undecided', agreement: 'holds', fifo: 'holds' });
  // The same with its end in order: then it never said it.
  const whole = torn.map((trace, index) =>
    index === 0
      ? { ...trace, events: [...trace.events, { e: 'end', t: 1e15, quiescent: false } as const] }
      : trace,
  );
  expect(findingsOf(whole)).toMatchObject({ integrity: 'violated' });
  // What a member recorded as said is held against others all the same.
  const lied = killed(traces, () => true).map((trace, index) =>
    index === 0
      ? {
          ...trace,
          events: trace.events.map((event) =>
            saysOwn(event) ? { ...event, digest: 'ff'.repeat(32) } : event,
          ),
        }
      : trace,
  );
  expect(findingsOf(lied)).toMatchObject({ integrity: 'violated' });
});

test('deliveries that a killed node could not write down leave a gap before its crash and nowhere else', () => {
  const traces = recordCluster(CLUSTER);
  const [p0] = traces;
  const delivered = p0?.events.find((event) => event.e === 'deliver' && event.sender === 1);
  if (p0 === undefined || delivered?.e !== 'deliver') throw new Error('p0 delivered something of p1');
  const node = delivered.node;
  const later = [2, 3].map((instance) => ({ ...delivered, instance, firstSeq: instance, t: 1e15 }));
  const back: TraceEvent[] = [
    { e: 'crash', t: 1e15, node, point: 'before-sync' },
    { e: 'restart', t: 1e15, node },
  ];
  const others = traces.slice(1).map((trace) => ({ ...trace, events: [...trace.events.slice(0, -1)] }));
  const judged = (events: readonly TraceEvent[]) => findingsOf([{ ...p0, events }, ...others])['fifo'];
  const before = p0.events.filter(({ e }) => e !== 'end');
  expect(judged([...before, ...back, ...later.slice(1)])).toBe('undecided');
  expect(judged([...before, ...back, ...later])).toBe('holds');
  expect(judged([...before, ...later.slice(1)])).toBe('violated');
  const end: TraceEvent = { e: 'end', t: 1e15, quiescent: false };
  expect(judged([...before, end, ...back, ...later.slice(1), end])).toBe('violated');
});

test('of a member whose record is not there nothing is known', () => {
  const traces = recordCluster(CLUSTER);
  expect(findingsOf(traces.slice(1))).toMatchObject({ integrity: 'undecided', agreement: 'holds' });
});
