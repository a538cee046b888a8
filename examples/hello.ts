// Four members in one process, with real TLS over loopback: node examples/hello.ts [FIRST_PORT]
import { createNode, generateIdentity, initCluster, makeCard, signCluster } from 'quorumcast';

const firstPort = Number(process.argv[2] ?? 7450);
const identities = ['anna', 'ben', 'cleo', 'dan'].map((name) => generateIdentity(name));
const cards = identities.map((identity, index) => makeCard(identity, [`127.0.0.1:${firstPort + index}`]));
const unsigned = initCluster(cards, { name: 'hello' });
const cluster = identities.reduce((definition, identity) => signCluster(definition, identity), unsigned);

const nodes = await Promise.all(
  identities.map((identity) => createNode({ cluster, identity, dataDir: false })),
);
await Promise.all(nodes.map((node) => node.whenReady()));
await nodes[0]?.broadcast('hello');

for (const node of nodes) {
  for await (const delivery of node.deliveries()) {
    console.log(`${node.name} delivers ${delivery.senderName}#${delivery.seq}: ${delivery.text()}`);
    break;
  }
}
await Promise.all(nodes.map((node) => node.close()));
