// A program that must see every message once: node examples/ledger.ts CLUSTER KEY DATA_DIR TRADE
import { createNode, QuorumcastError } from 'quorumcast';

const [cluster = 'cluster.json', identity = 'acme.key', dataDir = 'data', id = 'trade-17'] =
  process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const node = await createNode({ cluster, identity, dataDir });
node.addEventListener('evidence', ({ detail }) => console.error(`${detail.name}: ${detail.code}`));
try {
  await node.whenReady({ signal: stop.signal });
  // The key makes a retry safe: the same trade is broadcast once, also after a crash.
  await node.broadcast(JSON.stringify({ id, amount: 5 }), { idempotencyKey: id });
  for await (const delivery of node.deliveries({ consumer: 'ledger', signal: stop.signal })) {
    console.log(`${delivery.senderName}#${delivery.seq}`, delivery.json());
    await delivery.ack(); // From here on a restart begins after this one.
  }
} catch (error) {
  if (!(error instanceof QuorumcastError) || error.code !== 'ERR_ABORTED') throw error;
} finally {
  await node.close();
}
