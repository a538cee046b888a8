import type { Evidence, NodeStatus, PeerView } from '../api.ts';

/** What a node says of itself at one moment. */
export interface Reading {
  readonly status: NodeStatus;
  readonly peers: readonly PeerView[];
  readonly evidence: readonly Evidence[];
}

/** One line of a metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Whether it only grows. */
export type Kind = 'gauge' | 'counter';

/** A metric and where its values come from. */
export interface Entry {
  readonly name: string;
  readonly help: string;
  readonly kind: Kind;
  readonly labels: readonly string[];
  readonly read: (reading: Reading) => readonly Sample[];
}

const one = (value: number): readonly Sample[] => [{ value }];

function gauge(name: string, help: string, value: (reading: Reading) => number): Entry {
  return { name, help, kind: 'gauge', labels: [], read: (reading) => one(value(reading)) };
}

function counter(name: string, help: string, value: (reading: Reading) => number): Entry {
  return { name, help, kind: 'counter', labels: [], read: (reading) => one(value(reading)) };
}

function perPeer(
  kind: Kind,
  name: string,
  help: string,
  value: (peer: PeerView) => number | undefined,
): Entry {
  const read = ({ peers }: Reading): readonly Sample[] =>
    peers.flatMap((peer) => {
      const measured = value(peer);
      return measured === undefined ? [] : [{ labels: { peer: peer.name }, value: measured }];
    });
  return { name, help, kind, labels: ['peer'], read };
}

const isReady = ({ state, margin }: NodeStatus): boolean =>
  (state === 'ready' || state === 'degraded') && margin >= 0;

const CLUSTER: readonly Entry[] = [
  {
    name: 'quorumcast_build_info',
    help: 'Always 1; the version is in the label',
    kind: 'gauge',
    labels: ['version'],
    read: ({ status }) => [{ labels: { version: status.version }, value: 1 }],
  },
  gauge('quorumcast_members', 'Members of the cluster, n', ({ status }) => status.cluster.n),
  gauge(
    'quorumcast_fault_threshold',
    'Faulty members that it withstands, f',
    ({ status }) => status.cluster.f,
  ),
  gauge('quorumcast_epoch', 'Epoch of the cluster definition', ({ status }) => status.cluster.epoch),
  gauge('quorumcast_ready', '1 if a quorum is connected and broadcasts are taken', ({ status }) =>
    isReady(status) ? 1 : 0,
  ),
  gauge(
    'quorumcast_quorum_margin',
    'Members up minus those needed; below 0 nothing is delivered',
    ({ status }) => status.margin,
  ),
];

const REFUSED: Entry = {
  name: 'quorumcast_connections_refused_total',
  help: 'Connections refused, in either direction, by reason',
  kind: 'counter',
  labels: ['reason'],
  read: ({ status }) =>
    Object.entries(status.refusals).map(([reason, value]) => ({ labels: { reason }, value })),
};

const PEERS: readonly Entry[] = [
  REFUSED,
  perPeer('gauge', 'quorumcast_peer_connected', '1 while the link to the peer is up', (peer) =>
    peer.connected ? 1 : 0,
  ),
  perPeer('gauge', 'quorumcast_peer_rtt_seconds', 'Last round trip to the peer', ({ rttMs }) =>
    rttMs === undefined ? undefined : rttMs / 1_000,
  ),
  perPeer(
    'counter',
    'quorumcast_peer_reconnects_total',
    'Links to the peer after the first',
    ({ reconnects }) => reconnects,
  ),
  perPeer(
    'gauge',
    'quorumcast_peer_queue_bytes',
    'Bytes queued for the peer',
    ({ queuedBytes }) => queuedBytes,
  ),
  perPeer(
    'counter',
    'quorumcast_peer_limited_total',
    'Times that the peer asked for more than a member needs and had to wait',
    ({ limited }) => limited,
  ),
  perPeer(
    'counter',
    'quorumcast_network_sent_bytes_total',
    'Bytes of frames sent to the peer',
    ({ sentBytes }) => sentBytes,
  ),
  perPeer(
    'counter',
    'quorumcast_network_received_bytes_total',
    'Bytes of frames received from the peer',
    ({ receivedBytes }) => receivedBytes,
  ),
];

const PROTOCOL: readonly Entry[] = [
  {
    name: 'quorumcast_deliveries_total',
    help: 'Messages delivered here, by their sender, those before the last start included',
    kind: 'counter',
    labels: ['peer'],
    read: ({ status }) =>
      status.streams.map(({ name, delivered }) => ({ labels: { peer: name }, value: delivered })),
  },
  gauge('quorumcast_instances_active', 'Instances begun and not delivered here', ({ status }) =>
    status.streams.reduce((sum, { open }) => sum + open, 0),
  ),
  gauge(
    'quorumcast_instances_behind',
    'Instances that f+1 members have delivered and this one has not',
    ({ status }) => status.streams.reduce((sum, { behind }) => sum + behind, 0),
  ),
  gauge(
    'quorumcast_streams_beyond',
    'Senders of whom f+1 peers no longer keep what comes next here',
    ({ status }) => status.streams.filter(({ beyond }) => beyond).length,
  ),
  gauge(
    'quorumcast_skipped_messages',
    'Messages skipped here that lie within what is kept: readers meet them as gaps',
    ({ status }) => status.skipped,
  ),
  gauge(
    'quorumcast_instances_stalled',
    'Streams whose lowest open instance has waited for more than five seconds',
    ({ status }) => status.stalled,
  ),
  gauge(
    'quorumcast_oldest_undelivered_age_seconds',
    'How long the longest waiting instance has waited; 0 if none is open',
    ({ status }) => Math.max(0, ...status.streams.map(({ waitingMs }) => waitingMs)) / 1_000,
  ),
  gauge(
    'quorumcast_agreements_under_way',
    'Agreements that this member takes part in',
    ({ status }) => status.agreements.underWay,
  ),
  gauge(
    'quorumcast_agreements_undecided',
    'Of those, such as it proposed something in, and that are not decided here',
    ({ status }) => status.agreements.undecided,
  ),
  counter(
    'quorumcast_agreements_decided_total',
    'Agreements decided here since the start',
    ({ status }) => status.agreements.decided,
  ),
  counter(
    'quorumcast_agreement_messages_dropped_total',
    'Messages about agreements that there was no room for',
    ({ status }) => status.agreements.dropped,
  ),
  {
    name: 'quorumcast_evidence_total',
    help: 'Misdeeds of a peer seen here, by kind',
    kind: 'counter',
    labels: ['peer', 'kind'],
    read: ({ evidence }) =>
      evidence.map(({ name, code, count }) => ({ labels: { peer: name, kind: code }, value: count })),
  },
];

const NODE: readonly Entry[] = [
  gauge(
    'quorumcast_pending_messages',
    'Own messages that wait for room in the window',
    ({ status }) => status.pending.messages,
  ),
  gauge('quorumcast_pending_bytes', 'Bytes of those', ({ status }) => status.pending.bytes),
  gauge(
    'quorumcast_consumer_lag_messages',
    'Messages that the slowest named consumer has not acknowledged',
    ({ status }) => status.consumers.lag,
  ),
  counter(
    'quorumcast_consumer_lost_messages_total',
    'Messages kept no more before a named consumer had acknowledged them',
    ({ status }) => status.consumers.lost,
  ),
  counter(
    'quorumcast_storage_dropped_messages_total',
    'Delivered messages that are kept no more',
    ({ status }) => status.storage.first - 1,
  ),
  gauge(
    'quorumcast_storage_bound_bytes',
    'Ceiling on the bytes of the log; 0 in memory',
    ({ status }) => status.storage.boundBytes,
  ),
  gauge(
    'quorumcast_storage_earlier_bytes',
    'Bytes that the logs of earlier epochs take on disk',
    ({ status }) => status.storage.earlierBytes,
  ),
  gauge('quorumcast_storage_bytes', 'Bytes that the log takes on disk', ({ status }) => status.storage.bytes),
  gauge(
    'quorumcast_storage_position',
    'Sequence number of the last durable record of the log',
    ({ status }) => status.storage.position,
  ),
  gauge(
    'quorumcast_storage_fsync_seconds',
    'How long the last write and sync of the log took',
    ({ status }) => status.storage.syncMs / 1_000,
  ),
  gauge(
    'quorumcast_memory_bound_bytes',
    'Ceiling on the memory of the protocol',
    ({ status }) => status.memoryBoundBytes,
  ),
];

/** Everything that is read from the node, by name. `docs/metrics.md` explains each. */
export const CATALOG: readonly Entry[] = [...CLUSTER, ...PEERS, ...PROTOCOL, ...NODE];
