import { join, resolve } from 'node:path';
import type { NodeStatus } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { CommandError, describeError, usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { readText } from '../files.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import { pause } from '../pause.ts';
import type { ReachOptions } from '../surface/client.ts';
import { count, formatBytes, formatDuration, type Terminal, table } from '../terminal.ts';

/** Options of `status`. */
export interface StatusOptions extends ReachOptions {
  readonly all?: boolean;
  readonly dir?: string;
  readonly watch?: boolean;
}

const WATCH_MS = 2_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

/** Says how a node, or all of them, is doing. */
export async function run(cli: Cli, args: readonly string[], options: StatusOptions): Promise<ExitCode> {
  if (options.all !== true && args.length > 0)
    throw usage('addresses go with --all', 'or name one with --http URL');
  if (options.all !== true && options.dir !== undefined) throw usage('--dir goes with --all');
  const once = async (): Promise<ExitCode> => {
    const client = await NodeClient.of(cli, options);
    if (options.all !== true) return showOne(cli.terminal, await client.json<NodeStatus>('/v1/status'));
    return showAll(cli.terminal, await askAll(cli, client, args, options.dir));
  };
  if (options.watch !== true) return once();
  const signal = interruptSignal();
  let exit: ExitCode = EXIT.ok;
  while (!signal.aborted) {
    if (cli.terminal.screen) cli.terminal.raw(CLEAR_SCREEN);
    try {
      exit = await once();
    } catch (error) {
      exit = EXIT.failed;
      cli.terminal.error(error);
    }
    await pause(WATCH_MS, signal);
  }
  return exit;
}

function showOne(terminal: Terminal, status: NodeStatus): ExitCode {
  const { cluster, peers, storage, pending } = status;
  const reasons = status.reasons.map((reason) => `  ${reason}`);
  const bySender = status.streams.map(({ name, delivered }) => `${name} ${delivered}`).join(', ');
  const missing = peers.missing.length === 0 ? '' : `, missing ${peers.missing.join(', ')}`;
  const log = storage.durable
    ? `log ${formatBytes(storage.bytes)} of at most ${formatBytes(storage.boundBytes)}, deliveries from d${storage.first} on, position ${storage.position}, sync ${formatDuration(storage.syncMs)}`
    : 'memory only: after a restart this member is refused in the same epoch';
  const refusals = Object.entries(status.refusals).map(([reason, times]) => `${reason} ${times}`);
  const refused = refusals.length === 0 ? [] : [`  refused ${refusals.join(', ')}`];
  terminal.emit(
    status,
    [
      `${status.name}  ${stateText(terminal, status)}  margin ${status.margin} (${marginText(status.margin)})`,
      ...reasons,
      `  cluster ${cluster.name}  epoch ${cluster.epoch}  digest ${cluster.digest}  n=${cluster.n} f=${cluster.f} ${cluster.form}`,
      `  peers ${peers.up}/${peers.total}${missing}`,
      `  delivered ${status.delivered}: ${bySender}`,
      `  stalled ${status.stalled}, evidence ${status.evidence}, pending ${count(pending.messages, 'message')}`,
      ...refused,
      ...laggards(status),
      `  ${log}`,
      ...earlier(status),
      `  up ${formatDuration(status.uptimeMs)}, version ${status.version}, protocol memory at most ${formatBytes(status.memoryBoundBytes)}`,
    ].join('\n'),
  );
  return status.state === 'ready' ? EXIT.ok : EXIT.unknown;
}

/** Logs of earlier epochs, which no ceiling holds. */
function earlier({ storage }: NodeStatus): string[] {
  if (!(storage.earlierBytes > 0)) return [];
  return [
    `  logs of earlier epochs ${formatBytes(storage.earlierBytes)} besides, until somebody removes them`,
  ];
}

function laggards({ consumers }: NodeStatus): string[] {
  if (consumers.named === 0) return [];
  const lost = consumers.lost === 0 ? '' : `, ${count(consumers.lost, 'message')} lost to them`;
  return [
    `  ${count(consumers.named, 'named consumer')}, the slowest ${count(consumers.lag, 'message')} behind${lost}`,
  ];
}

function stateText(terminal: Terminal, { state }: NodeStatus): string {
  return terminal.style(state === 'ready' ? 'green' : 'yellow', state);
}

function marginText(margin: number): string {
  if (margin < 0) return 'too few members are up: nothing is delivered';
  return margin === 0 ? 'no further failure is tolerated' : `${margin} more may fail before delivery stops`;
}

interface Answer {
  readonly url: string;
  readonly status?: NodeStatus;
  readonly error?: string;
}

async function askAll(
  cli: Cli,
  client: NodeClient,
  urls: readonly string[],
  dir: string | undefined,
): Promise<readonly Answer[]> {
  if (dir !== undefined)
    return Promise.all((await urlsOf(resolve(cli.cwd, dir))).map((url) => ask(client.other(url))));
  if (urls.length > 0) return Promise.all(urls.map((url) => ask(client.other(url))));
  const first = await ask(client);
  if (first.status === undefined) throw unreachable(first);
  // Nodes of one cluster on one machine listen on ports in a row, by convention.
  const { n, digest } = first.status.cluster;
  const base = new URL(client.url);
  const others = Array.from({ length: n - 1 }, (_, index) => {
    base.port = String(Number(new URL(client.url).port || 80) + index + 1);
    return base.origin;
  });
  const answers = await Promise.all(others.map((url) => ask(client.other(url))));
  return [first, ...answers.filter(({ status }) => status === undefined || status.cluster.digest === digest)];
}

async function ask(client: NodeClient): Promise<Answer> {
  try {
    return { url: client.url, status: await client.json<NodeStatus>('/v1/status', { timeoutMs: 5_000 }) };
  } catch (error) {
    return { url: client.url, error: describeError(error).message };
  }
}

function unreachable({ url, error }: Answer): CommandError {
  return new CommandError('ERR_UNREACHABLE', error ?? `no node answers at ${url}`, {
    hint: 'name the nodes: `quorumcast status --all URL...`, or --dir of `quorumcast dev`',
    retryable: true,
  });
}

async function urlsOf(dir: string): Promise<readonly string[]> {
  const path = join(dir, 'nodes.json');
  const text = await readText(path, 'name the folder that `quorumcast dev` printed');
  try {
    const { nodes } = JSON.parse(text) as { nodes: readonly { http: string }[] };
    return nodes.map(({ http }) => http);
  } catch (cause) {
    throw new CommandError('ERR_USAGE', `${path} is no list of nodes`, { cause });
  }
}

function showAll(terminal: Terminal, answers: readonly Answer[]): ExitCode {
  const statuses = answers.flatMap(({ status }) => (status === undefined ? [] : [status]));
  if (terminal.json) {
    for (const { url, status, error } of answers)
      terminal.emit(status === undefined ? { url, error } : { url, ...status }, '');
  } else {
    const head = [
      'MEMBER',
      'STATE',
      'PEERS',
      'EPOCH',
      'DIGEST',
      'DELIVERED',
      'STALLED',
      'EVIDENCE',
      'MARGIN',
      'VERSION',
    ];
    const rows = answers.map(({ url, status }) =>
      status === undefined ? [url, 'no answer'] : rowOf(status),
    );
    terminal.raw(`${table([head, ...rows], [5, 6, 7, 8])}\n`);
  }
  const digests = new Set(statuses.map(({ cluster }) => cluster.digest));
  if (digests.size > 1)
    terminal.warn('not one cluster: the digests differ; compare with `quorumcast cluster diff`');
  const margin = Math.min(...statuses.map((status) => status.margin));
  if (statuses.length > 0) terminal.talk(`margin ${margin}: ${marginText(margin)}`);
  if (statuses.length === 0) return EXIT.failed;
  const allReady = statuses.length === answers.length && statuses.every(({ state }) => state === 'ready');
  return allReady && digests.size === 1 ? EXIT.ok : EXIT.unknown;
}

function rowOf(status: NodeStatus): string[] {
  const { cluster, peers } = status;
  return [
    status.name,
    status.state,
    `${peers.up}/${peers.total}`,
    String(cluster.epoch),
    cluster.digest,
    String(status.delivered),
    String(status.stalled),
    String(status.evidence),
    String(status.margin),
    status.version,
  ];
}
