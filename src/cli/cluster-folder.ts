import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../base/index.ts';
import {
  type ClusterDefinition,
  type CoinShare,
  dealCoin,
  generateIdentity,
  type Identity,
  initCluster,
  loadClusterDefinition,
  makeCard,
  makeFolder,
  serializeClusterDefinition,
  signCluster,
  writeCoinShare,
  writeIdentity,
} from '../node/index.ts';
import { CommandError } from './command-error.ts';
import { exists, replaceFile } from './files.ts';
import { freePorts } from './ports.ts';

/** One member's place in a cluster folder: `DIR/NAME/`. */
export interface MemberFolder {
  readonly name: string;
  readonly dir: string;
  readonly keyFile: string;
  readonly configFile: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** HOST:PORT for peers, as the cluster definition has it. */
  readonly address: string;
  /** HOST:PORT for HTTP; port 0 takes a free one at every start. */
  readonly httpListen: string;
}

/** Everything a cluster on one machine needs, in one folder. */
export interface ClusterFolder {
  readonly dir: string;
  readonly clusterFile: string;
  readonly definition: ClusterDefinition;
  /** In the order of the definition. */
  readonly members: readonly MemberFolder[];
}

/** What a new cluster folder is to hold. */
export interface ClusterFolderOptions {
  readonly name?: string;
  /** How many members: p0, p1 and so on. */
  readonly members: number;
  /** Default: as many as n >= 3f+1 allows. */
  readonly faulty?: number;
  readonly broadcast?: 'early' | 'classic';
  readonly limits?: Partial<ClusterDefinition['limits']>;
  /** Whether a common coin is dealt. Default: no. */
  readonly coin?: boolean;
  /** One a member, for peers. Default: free ones. */
  readonly ports?: readonly number[];
  /** One a member, for HTTP. Default 0: a free one at every start. */
  readonly httpPorts?: readonly number[];
}

const CLUSTER_FILE = 'cluster.json';
/** The list that `quorumcast status --all --dir` reads. */
const NODES_FILE = 'nodes.json';

/** Makes keys, a definition signed by all, and a config file for each, under `dir`. @throws QuorumcastError */
export async function makeClusterFolder(dir: string, options: ClusterFolderOptions): Promise<ClusterFolder> {
  const ports = options.ports ?? (await freePorts(options.members));
  const identities = ports.map((_, index) => generateIdentity(memberName(index, options.members)));
  const cards = identities.map((identity, index) => makeCard(identity, [`127.0.0.1:${ports[index]}`]));
  let definition = initCluster(cards, {
    name: options.name ?? 'dev',
    ...(options.faulty === undefined ? {} : { faulty: options.faulty }),
    ...(options.broadcast === undefined ? {} : { broadcast: options.broadcast }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const deal = options.coin === true ? await dealCoin(definition) : undefined;
  definition = deal?.definition ?? definition;
  for (const identity of identities) definition = signCluster(definition, identity);
  await fill(dir, definition, identities, {
    httpPorts: options.httpPorts ?? [],
    shares: deal?.shares ?? [],
  }).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause) || 'hint' in cause) throw cause;
    throw new CommandError('ERR_CONFIG', `no cluster can be made in ${dir}: ${reasonOf(cause)}`, {
      hint: 'name an empty folder, or one that can be made',
      cause,
    });
  });
  return openClusterFolder(dir);
}

async function fill(
  dir: string,
  definition: ClusterDefinition,
  identities: readonly Identity[],
  { httpPorts, shares }: { readonly httpPorts: readonly number[]; readonly shares: readonly CoinShare[] },
): Promise<void> {
  await makeFolder(dir, 0o700);
  const clusterFile = join(dir, CLUSTER_FILE);
  if (await exists(clusterFile)) {
    throw new CommandError('ERR_CONFIG', `${dir} holds a cluster already`, {
      hint: 'name another folder, or move this one away',
    });
  }
  await writeFile(clusterFile, serializeClusterDefinition(definition), { flag: 'wx' });
  for (const [index, identity] of identities.entries()) {
    const place = join(dir, identity.name);
    await makeFolder(place, 0o700);
    await writeIdentity(identity, join(place, `${identity.name}.key`));
    const share = shares.find(({ name }) => name === identity.name);
    if (share !== undefined) await writeCoinShare(share, join(place, `${share.name}.coin`));
    const config = {
      cluster: `../${CLUSTER_FILE}`,
      identity: `${identity.name}.key`,
      ...(share === undefined ? {} : { coin: `${share.name}.coin` }),
      dataDir: 'data',
      http: { listen: `127.0.0.1:${httpPorts[index] ?? 0}` },
    };
    await writeFile(join(place, 'quorumcast.json'), `${JSON.stringify(config, undefined, 2)}\n`);
  }
}

/** Names that sort as their numbers do: the definition orders members by name. */
function memberName(index: number, members: number): string {
  return `p${String(index).padStart(String(members - 1).length, '0')}`;
}

/** What is in a folder that `makeClusterFolder` made. @throws QuorumcastError, CommandError */
export async function openClusterFolder(dir: string): Promise<ClusterFolder> {
  const clusterFile = join(dir, CLUSTER_FILE);
  const definition = await loadClusterDefinition(clusterFile);
  const members = await Promise.all(
    definition.members.map(async ({ name, addresses }): Promise<MemberFolder> => {
      const place = join(dir, name);
      const configFile = join(place, 'quorumcast.json');
      return {
        name,
        dir: place,
        keyFile: join(place, `${name}.key`),
        configFile,
        dataDir: join(place, 'data'),
        logFile: join(place, 'log'),
        address: addresses[0] ?? '',
        httpListen: await httpListenOf(configFile),
      };
    }),
  );
  return { dir, clusterFile, definition, members };
}

async function httpListenOf(configFile: string): Promise<string> {
  try {
    const { http } = JSON.parse(await readFile(configFile, 'utf8')) as { http: { listen: string } };
    return http.listen;
  } catch (cause) {
    throw new CommandError('ERR_CONFIG', `${configFile} is not what \`quorumcast dev\` wrote there`, {
      hint: 'name another folder, or run these members one by one with `quorumcast run`',
      cause,
    });
  }
}

/** Writes down where the members answer over HTTP now, and as which processes. */
export async function writeNodes(
  { dir }: ClusterFolder,
  nodes: readonly { readonly name: string; readonly http: string; readonly pid: number }[],
): Promise<void> {
  await replaceFile(join(dir, NODES_FILE), `${JSON.stringify({ nodes }, undefined, 2)}\n`);
}
