import { coinToss, loadClusterDefinition, type RunningNode, startNode } from '../../../node/index.ts';
import { AGREEMENT_LIARS } from '../../../simulator/index.ts';
import { fail, obeyOrders, tell } from '../obey.ts';
import type { AgreeOrder, AgreeSetup, AgreeTelling } from './protocol.ts';
import { Story } from './story.ts';

/** One member that agrees, in a process of its own, on orders of the demo that forked it. */
class AgreeingProcess {
  readonly #closing = new AbortController();
  #node: RunningNode | undefined;
  #story: Story | undefined;
  /** Settles with the start: orders may come before it is done. */
  #started: Promise<void> = Promise.resolve();

  async obey(order: AgreeOrder): Promise<void> {
    switch (order.kind) {
      case 'start':
        this.#started = this.#start(order.setup);
        await this.#started;
        await this.#node?.whenReady({ signal: this.#closing.signal }).catch(() => undefined);
        tell({ kind: 'ready' });
        return;
      case 'agree':
        await this.#started;
        return this.#agree(order);
      case 'story':
        return tell<AgreeTelling>({ kind: 'story', id: order.id, phases: this.#story?.phases ?? [] });
      case 'stop':
        this.#closing.abort();
        await this.#node?.close();
        process.disconnect();
    }
  }

  async #start({ clusterFile, keyFile, dataDir, self, liar }: AgreeSetup): Promise<void> {
    const cluster = await loadClusterDefinition(clusterFile);
    const story = new Story(cluster.committee, self);
    this.#story = story;
    this.#node = await startNode(
      { cluster, identity: keyFile, dataDir },
      {
        agreeing: (honest) => story.listen(liar === undefined ? honest : AGREEMENT_LIARS[liar].make(honest)),
        toss: (phase) => {
          const coin = coinToss();
          story.tossed(phase, coin);
          return coin;
        },
      },
    );
    this.#node.closed.then(({ error }) => error && fail(error), fail);
  }

  async #agree({ id, topic, value, withinMs }: AgreeOrder & { readonly kind: 'agree' }): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(withinMs)]);
    const decision = await this.#node?.agree(topic, value, { signal }).catch(() => undefined);
    tell<AgreeTelling>({ kind: 'decided', id, decision });
  }
}

const member = new AgreeingProcess();
obeyOrders((order: AgreeOrder) => member.obey(order));
