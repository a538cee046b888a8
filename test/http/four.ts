import type { QuorumcastNode } from '../../src/node/api.ts';
import { initCluster, signCluster } from '../../src/node/cluster/index.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';
import { startNode } from '../../src/node/index.ts';
import { afterwards, until } from './harness.ts';

/** Four members in one process, connected over loopback, in memory. They end after the test. */
export async function four(): Promise<QuorumcastNode[]> {
  const identities = Array.from({ length: 4 }, (_, index) => generateIdentity(`p${index}`));
  const cards = identities.map((identity, index) => makeCard(identity, [`127.0.0.1:${7_400 + index}`]));
  let cluster = initCluster(cards, { name: 'dev' });
  for (const identity of identities) cluster = signCluster(cluster, identity);
  const addressOverrides = new Map(identities.map(({ name }) => [name, [] as string[]]));
  const nodes: QuorumcastNode[] = [];
  for (const identity of [...identities].reverse()) {
    const node = await startNode(
      { cluster, identity, listen: '127.0.0.1:0', dataDir: false },
      { addressOverrides, linkTimes: { backoffMinMs: 10, backoffMaxMs: 50 } },
    );
    afterwards(() => node.close());
    addressOverrides.get(identity.name)?.push(node.address);
    nodes.unshift(node);
  }
  await until(() => nodes.every(({ state }) => state === 'ready'));
  return nodes;
}
