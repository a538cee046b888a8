import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  type ClusterDefinition,
  generateIdentity,
  initCluster,
  makeCard,
  serializeClusterDefinition,
  signCluster,
  writeIdentity,
} from '../../node/index.ts';

/** A cluster made for the demo: signed by all, its files in one folder. */
export interface DemoCluster {
  readonly definition: ClusterDefinition;
  readonly clusterFile: string;
  /** By member number. */
  readonly keyFiles: readonly string[];
  readonly dataDirs: readonly string[];
}

/** Makes keys, cards and a definition signed by all, on free ports of this machine. */
export async function makeCluster(dir: string, n: number, f: number): Promise<DemoCluster> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const ports = await freePorts(n);
  const identities = ports.map((_, id) => generateIdentity(`p${id}`));
  const cards = identities.map((identity, id) => makeCard(identity, [`127.0.0.1:${ports[id]}`]));
  let definition = initCluster(cards, { name: 'demo', faulty: f });
  for (const identity of identities) definition = signCluster(definition, identity);
  const clusterFile = join(dir, 'cluster.json');
  await writeFile(clusterFile, serializeClusterDefinition(definition));
  const keyFiles = identities.map(({ name }) => join(dir, `${name}.key`));
  for (const [id, identity] of identities.entries()) await writeIdentity(identity, keyFiles[id] ?? '');
  return { definition, clusterFile, keyFiles, dataDirs: identities.map(({ name }) => join(dir, name)) };
}

/** Ports that were free a moment ago; all are held until the last one is found, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
