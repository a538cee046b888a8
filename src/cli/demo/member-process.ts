import { PayloadHasher } from '../../crypto/index.ts';
import type { Member, Participant } from '../../member/index.ts';
import {
  type ClusterDefinition,
  loadClusterDefinition,
  nativeSha256,
  QuorumcastError,
  type RunningNode,
  startNode,
} from '../../node/index.ts';
import { ADVERSARIES, type AdversaryName } from '../../simulator/index.ts';
import { fail, obeyOrders, tell } from './obey.ts';
import type { CommonTelling, MemberReport, MemberSetup, Order, Telling } from './protocol.ts';

/** Latencies kept, the latest ones: enough for percentiles, bounded for any number of lines. */
const LATENCIES_MAX = 100_000;

/** One member in a process of its own, on orders of the demo that forked it. Ends when that one does. */
class MemberProcess {
  readonly #latenciesMs: number[] = [];
  #node: RunningNode | undefined;
  /** Settles with the start: orders may come before it is done. */
  #started: Promise<void> = Promise.resolve();

  async obey(order: Order): Promise<void> {
    switch (order.kind) {
      case 'start':
        this.#started = this.#start(order.setup);
        return this.#started.then(() => this.#tellReady());
      case 'broadcast':
        await this.#started;
        return this.#broadcast(order.id, Buffer.from(order.base64, 'base64'));
      case 'report':
        return tell<Telling>({ kind: 'report', id: order.id, report: this.#report() });
      case 'stop':
        await this.#node?.close();
        process.disconnect();
    }
  }

  async #start(setup: MemberSetup): Promise<void> {
    const cluster = await loadClusterDefinition(setup.clusterFile);
    const name = (id: number): string => cluster.members[id]?.name ?? '?';
    const { adversary } = setup;
    const node = await startNode(
      { cluster, identity: setup.keyFile, dataDir: setup.dataDir },
      adversary === undefined ? {} : { participant: (honest) => corrupt(honest, adversary, cluster) },
    );
    this.#node = node;
    node.addEventListener('evidence', ({ detail: { name: peer, code, about, proofs } }) =>
      tell<Telling>({
        kind: 'evidence',
        ...{ peer, code, about: about && `${name(about.sender)}:${about.instance}` },
        proven: proofs.length > 0,
      }),
    );
    node.closed.then(({ error }) => error && fail(error), fail);
    tell<Telling>({ kind: 'listening', address: node.address });
  }

  /** Once the links to all others are up. */
  async #tellReady(): Promise<void> {
    const node = this.#node;
    if (node === undefined) return;
    if (node.state !== 'ready') {
      await new Promise<void>((resolve) => {
        node.addEventListener('state', ({ detail: { to } }) => {
          if (to === 'ready') resolve();
        });
      });
    }
    tell({ kind: 'ready' });
  }

  async #broadcast(id: number, payload: Uint8Array): Promise<void> {
    const node = this.#node;
    if (node === undefined) return;
    const began = performance.now();
    try {
      const broadcast = await node.broadcast(payload);
      tell<Telling>({ kind: 'accepted', id, seq: broadcast.seq });
      await broadcast.delivered();
      if (this.#latenciesMs.length === LATENCIES_MAX) this.#latenciesMs.shift();
      this.#latenciesMs.push(performance.now() - began);
    } catch (error) {
      if (error instanceof QuorumcastError && error.code === 'ERR_CLOSED') return;
      tell<CommonTelling>({
        kind: 'refused',
        id,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #report(): MemberReport {
    const node = this.#node;
    const status = node?.status();
    const peers = node?.peers() ?? [];
    return {
      delivered: status?.delivered ?? 0,
      deliveredBySender: status?.streams.map(({ delivered }) => delivered) ?? [],
      latenciesMs: this.#latenciesMs.toSorted((a, b) => a - b),
      messagesSent: node?.driver.counters.messagesOut ?? 0,
      bytesSent: peers.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
      syncs: node?.store.stats.syncs ?? 0,
      linksUp: peers.filter(({ connected }) => connected).length,
      reasons: status?.reasons ?? ['it is still starting'],
    };
  }
}

function corrupt(honest: Member, name: AdversaryName, cluster: ClusterDefinition): Participant {
  return ADVERSARIES[name].make({
    committee: cluster.committee,
    self: honest.self,
    hasher: new PayloadHasher(nativeSha256, cluster.digest),
    honest,
    report: ({ text, about }) => {
      const sender = about && cluster.member(about.sender).name;
      tell<Telling>({ kind: 'lie', text, instance: about && `${sender}:${about.instance}` });
    },
  });
}

const member = new MemberProcess();
obeyOrders((order: Order) => member.obey(order));
