import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Evidence, NodeStatus, PeerView, QuorumcastNode } from '../api.ts';
import { CATALOG, type Kind, type Reading, type Sample } from './catalog.ts';

/** The metrics of one node. */
export interface NodeMetrics {
  /** Media type of `text`. */
  readonly contentType: string;
  /** Everything, in the text format of Prometheus. Reads the node once. */
  text(): Promise<string>;
  /** Observes one own message: from its acceptance here to its delivery here. */
  onDelivered(latencySeconds: number): void;
  /** Names of all metrics, those of the process included. */
  names(): readonly string[];
}

/** From half a millisecond, one hop on loopback, to a minute. */
const LATENCY_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** What metrics need of a node. */
export type Measured = Pick<QuorumcastNode, 'status' | 'peers' | 'evidence'>;

/** The metrics of a node, in a registry of their own. They are read from the node when somebody asks. */
export function createMetrics(node: Measured): NodeMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const latency = new Histogram({
    name: 'quorumcast_delivery_latency_seconds',
    help: 'From accepting an own message to delivering it here',
    buckets: LATENCY_BUCKETS,
    registers: [registry],
  });
  const fills = CATALOG.map((entry) => {
    const { name, help, labels: labelNames, kind, read } = entry;
    const metric = metricOf(kind, { name, help, labelNames, registers: [registry] });
    return (reading: Reading): void => fill(metric, read(reading));
  });
  return {
    contentType: registry.contentType,
    text: () => {
      const reading = readingOf(node);
      for (const refill of fills) refill(reading);
      return registry.metrics();
    },
    onDelivered: (latencySeconds) => latency.observe(latencySeconds),
    names: () => registry.getMetricsAsArray().map(({ name }) => name),
  };
}

function readingOf(node: Measured): Reading {
  const status: NodeStatus = node.status();
  const peers: readonly PeerView[] = node.peers();
  const evidence: readonly Evidence[] = node.evidence();
  return { status, peers, evidence };
}

type Metric = Gauge<string> | Counter<string>;

function metricOf(
  kind: Kind,
  options: { name: string; help: string; labelNames: readonly string[]; registers: Registry[] },
): Metric {
  return kind === 'counter' ? new Counter<string>(options) : new Gauge<string>(options);
}

/** Sets a metric to what was just read: the node counts, the metric only tells. */
function fill(metric: Metric, samples: readonly Sample[]): void {
  metric.reset();
  for (const { labels, value } of samples) metric.inc(labels ?? {}, value);
}
