import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf } from '../../base/index.ts';
import {
  type ClosableLogger,
  type ClusterDefinition,
  type Config,
  type EpochNode,
  type HttpServer,
  type LoadedConfig,
  loadClusterDefinition,
  loadConfig,
  loadIdentity,
  loadNodeService,
  type NodeInternals,
  type NodeService,
  QuorumcastError,
  requireIdentity,
  startEpochNode,
} from '../../node/index.ts';
import { blameBusyPort, requireHttpPort } from '../busy-port.ts';
import type { Cli } from '../cli.ts';
import { quorumText } from '../cluster-text.ts';
import { CommandError, describeError } from '../command-error.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit.ts';
import { giveHeapRoom } from '../heap.ts';
import { aborted, interruptSignal } from '../interrupt.ts';
import { superviseByParent, tellParent } from '../parent.ts';
import { count, formatDuration } from '../terminal.ts';
import { watchToken } from '../token-watch.ts';

/** Options of `run`. */
export interface RunOptions {
  readonly config?: string;
  readonly cluster?: string;
  readonly identity?: string;
  readonly coin?: string;
  readonly dataDir?: string | false;
  readonly listen?: string;
  readonly http?: string | false;
  readonly tokenFile?: string;
  readonly allowedHosts?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly exitWithParent?: boolean;
  readonly byzantine?: string;
  readonly trace?: string;
}

/** How long own broadcasts may take to be delivered before the node closes anyway. */
const DRAIN_MS = 2_000;

/** Runs a member until a signal, its parent's end, or an error that it cannot survive. */
export async function run(cli: Cli, _args: readonly string[], options: RunOptions): Promise<ExitCode> {
  const { terminal } = cli;
  giveHeapRoom();
  const signal = options.exitWithParent === true ? superviseByParent() : interruptSignal();
  try {
    const member = await start(cli, options, signal);
    try {
      return await live(cli, member, signal);
    } finally {
      member.logger.close();
    }
  } catch (error) {
    if (signal.aborted && error instanceof QuorumcastError && error.code === 'ERR_CLOSED') return EXIT.ok;
    tellParent({ event: 'failed', ...describeError(error) });
    if (options.exitWithParent !== true) throw error;
    const { code } = terminal.error(error);
    return exitCodeOf(code);
  }
}

interface RunningMember {
  readonly loaded: LoadedConfig;
  readonly cluster: ClusterDefinition;
  readonly node: EpochNode;
  readonly http: HttpServer | undefined;
  readonly logger: ClosableLogger;
}

async function start(cli: Cli, options: RunOptions, signal: AbortSignal): Promise<RunningMember> {
  const { env, cwd, terminal } = cli;
  const flags = {
    cluster: options.cluster,
    identity: options.identity,
    coin: options.coin,
    dataDir: options.dataDir,
    listen: options.listen,
    'http.listen': options.http,
    'http.tokenFile': options.tokenFile,
    'http.allowedHosts': options.allowedHosts,
    'log.level': options.logLevel,
    'log.format': options.logFormat,
  };
  const loaded = await loadConfig({ cwd, env, flags, file: options.config });
  for (const warning of loaded.warnings) terminal.warn(warning);
  const { config } = loaded;
  const identityPath = requireIdentity(config);
  const token = await readToken(config);
  const cluster = await loadClusterDefinition(config.cluster);
  const identity = await loadIdentity(identityPath);
  await requireHttpPort(loaded);
  const service = await loadNodeService();
  const logger = service.createLogger({
    ...config.log,
    fields: { node: identity.name, epoch: cluster.epoch },
  });
  const internals = await internalsOf(cli, options, cluster, logger);
  const parts = { service, cluster, token, logger };
  const early: { http?: HttpServer | undefined } = {};
  const waiting = new AbortController();
  const node = await startEpochNode(
    {
      cluster,
      identity,
      nextIdentity: `${identityPath}.next`,
      dataDir: config.dataDir,
      limits: config.limits,
      retention: config.retention,
      logger,
      ...(config.listen === undefined ? {} : { listen: config.listen }),
      ...(config.coin === undefined ? {} : { coin: config.coin }),
    },
    internals,
    {
      onEpoch: ({ epoch }) => logger.setFields({ node: identity.name, epoch }),
      onJoining: async (joining) => {
        const stop = (): void => void joining.close();
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { signal: waiting.signal });
        early.http = await openHttp(loaded, joining, parts);
      },
    },
  )
    .finally(() => waiting.abort())
    .catch(async (error: unknown) => {
      await early.http?.close();
      return blameBusyPort(error, 'listen', loaded);
    });
  try {
    const http = early.http ?? (await openHttp(loaded, node, parts));
    const { tokenFile } = config.http;
    if (http !== undefined && tokenFile !== undefined && token !== undefined)
      void node.closed.then(watchToken(tokenFile, token, http, logger));
    return { loaded, cluster, node, http, logger };
  } catch (error) {
    await node.close();
    throw error;
  }
}

/** What belongs to the laboratory is loaded only where it is asked for. */
async function internalsOf(
  { cwd }: Cli,
  { byzantine, trace }: RunOptions,
  cluster: ClusterDefinition,
  logger: ClosableLogger,
): Promise<NodeInternals> {
  if (byzantine !== undefined) {
    const { corruptNode, requireAdversary } = await import('../adversary.ts');
    return corruptNode(requireAdversary(byzantine), cluster, logger);
  }
  if (trace === undefined) return {};
  const { recordNode } = await import('../sim/recorder.ts');
  return recordNode(cluster, resolve(cwd, trace));
}

async function openHttp(
  loaded: LoadedConfig,
  node: EpochNode,
  parts: {
    readonly service: NodeService;
    readonly cluster: ClusterDefinition;
    readonly token: string | undefined;
    readonly logger: ClosableLogger;
  },
): Promise<HttpServer | undefined> {
  const { listen, allowedHosts } = loaded.config.http;
  if (listen === false) return undefined;
  const { startHttp, createMetrics } = parts.service;
  const { payloadBytes } = parts.cluster.limits;
  return startHttp({
    node,
    listen,
    token: parts.token,
    logger: parts.logger,
    metrics: createMetrics(node),
    allowedHosts,
    limits: { payloadBytes },
  }).catch((error: unknown) => blameBusyPort(error, 'http.listen', loaded));
}

async function readToken({ http }: Config): Promise<string | undefined> {
  if (http.listen === false || http.tokenFile === undefined) return undefined;
  try {
    return (await readFile(http.tokenFile, 'utf8')).trim();
  } catch (cause) {
    throw new CommandError('ERR_CONFIG', `${http.tokenFile} cannot be read: ${reasonOf(cause)}`, {
      hint: 'make a token: `(umask 077; openssl rand -hex 32 > token)`',
      cause,
    });
  }
}

/** Until a signal, or until the node closes by itself. */
async function live(cli: Cli, member: RunningMember, signal: AbortSignal): Promise<ExitCode> {
  const { node, http } = member;
  const began = performance.now();
  announce(cli, member, 'listening', describe(member));
  if (!isForPeople(member)) logListening(member);
  node.whenReady().then(
    () => announce(cli, member, 'ready', `ready in ${formatDuration(performance.now() - began)}`),
    // Closed before a quorum was there: told below.
    () => undefined,
  );
  await Promise.race([node.closed, aborted(signal)]);
  if (signal.aborted) {
    talk(cli, member, 'closing; a second signal ends at once');
    await drain(node);
  }
  await http?.close();
  const { error, clean } = await node.close();
  if (error !== undefined) throw error;
  announce(cli, member, 'closed', clean ? 'closed' : 'closed at the deadline, with work left undone');
  return EXIT.ok;
}

/** Lets own broadcasts be delivered, within bounds: those that are not go on after the next start. */
async function drain(node: EpochNode): Promise<void> {
  const deadline = AbortSignal.timeout(DRAIN_MS);
  try {
    await node.drain({ signal: deadline });
  } catch (error) {
    if (!(error instanceof QuorumcastError)) throw error;
  }
}

/** Tells whoever wants to know: the parent process, a program that reads stdout, a person. */
function announce(
  cli: Cli,
  member: RunningMember,
  event: 'listening' | 'ready' | 'closed',
  text: string,
): void {
  const { node, http } = member;
  const { epoch, digest, n, f, quorum } = node.cluster;
  const news = {
    event,
    name: node.name,
    address: node.address,
    http: http === undefined ? null : `http://${http.address}`,
    pid: process.pid,
    ...{ epoch, digest, n, f, quorum },
  };
  tellParent(news);
  if (cli.terminal.json) cli.terminal.emit(news, '');
  talk(cli, member, text);
}

/** What a ready line says to people, for those who read logs by program. */
function logListening({ node, http, logger }: RunningMember): void {
  const { digest, n, f, quorum } = node.cluster;
  logger.info('node.listening', {
    address: node.address,
    http: http?.address ?? 'off',
    ...{ digest, n, f, quorum },
  });
}

function describe({ node, http, loaded, cluster }: RunningMember): string {
  const { dataDir } = loaded.config;
  return [
    `${node.name}  cluster ${cluster.name}  epoch ${node.cluster.epoch}  digest ${node.cluster.digest}`,
    `  ${count(cluster.committee.n, 'member')}, ${quorumText(cluster)}`,
    `  peers ${node.address}   http ${http === undefined ? 'off' : `http://${http.address}`}   data ${dataDir === false ? 'in memory only' : dataDir}`,
  ].join('\n');
}

function talk(cli: Cli, member: RunningMember, text: string): void {
  if (isForPeople(member)) cli.terminal.talk(text);
}

/** Where the log is for programs, remarks would only be in its way. */
function isForPeople({ loaded }: RunningMember): boolean {
  const { format } = loaded.config.log;
  return format === 'pretty' || (format === 'auto' && process.stderr.isTTY);
}
