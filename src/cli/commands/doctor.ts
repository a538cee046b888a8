import {
  type ClusterDefinition,
  type ClusterMember,
  type EpochsView,
  type Identity,
  type LoadedConfig,
  loadClusterDefinition,
  loadConfig,
  loadIdentity,
  type NodeStatus,
  openCoin,
  type PeerView,
  requireIdentity,
  requireMember,
  surveyEpochs,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { CommandError } from '../command-error.ts';
import { examineRunningEpoch, examineStoppedEpoch } from '../doctor/epochs.ts';
import { type Finding, fail, failed, ok, warn } from '../doctor/finding.ts';
import { examineCluster, examineDataDir, examineDisk, examineMemory, examinePort } from '../doctor/local.ts';
import { examinePeer, peerFinding } from '../doctor/peers.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists } from '../files.ts';
import { NodeClient } from '../http-client.ts';
import { formatDuration, type Terminal } from '../terminal.ts';

/** Options of `doctor`. */
export interface DoctorOptions {
  readonly config?: string;
  readonly cluster?: string;
  readonly identity?: string;
  readonly coin?: string;
  readonly dataDir?: string;
  readonly listen?: string;
  readonly http?: string;
  readonly tokenFile?: string;
  readonly timeout?: number;
}

const PEER_TIMEOUT_MS = 5_000;

/** Examines a member, one thing after the other, and says how to mend what is wrong. */
export async function run(cli: Cli, _args: readonly string[], options: DoctorOptions): Promise<ExitCode> {
  const report = new Report(cli.terminal);
  const loaded = await settings(cli, options, report);
  if (loaded === undefined) return report.conclude();
  const { config } = loaded;
  const cluster = await report.attempt('cluster', () => loadClusterDefinition(config.cluster));
  if (cluster !== undefined) report.add(examineCluster(cluster));
  const identity = await report.attempt('key', () => loadIdentity(requireIdentity(config)));
  const self = cluster && identity && (await report.attempt('key', () => requireMember(cluster, identity)));
  if (self !== undefined) report.add(ok('key', `${config.identity} is that of ${self.name}`));
  const coin =
    cluster && self && (await report.attempt('coin', () => openCoin(cluster, self.id, config.coin)));
  if (coin !== undefined) report.add(ok('coin', `${config.coin} holds this member's share`));
  report.add(await examineDataDir(config.dataDir));
  if (cluster !== undefined) report.add(examineMemory(cluster, config));
  if (cluster !== undefined && config.dataDir !== false) report.add(examineDisk(cluster, config));

  const live = await runningNode(loaded, self?.name);
  if (live !== undefined) {
    examineLive(live, cluster, report);
  } else {
    const { dataDir } = config;
    const epochs = dataDir !== false && (await report.attempt('epoch', () => surveyEpochs(dataDir)));
    if (epochs) for (const finding of examineStoppedEpoch(epochs, cluster)) report.add(finding);
    await examineAddresses(loaded, self, report);
    if (cluster !== undefined && identity !== undefined && self !== undefined) {
      const timeoutMs = options.timeout ?? PEER_TIMEOUT_MS;
      await examinePeers({ cluster, identity, self }, timeoutMs, report);
    }
  }
  return report.conclude();
}

/** Tells findings as they come, and in the end what they amount to. */
class Report {
  readonly #terminal: Terminal;
  readonly #counts = { ok: 0, warn: 0, fail: 0 };
  #peersUp: number | undefined;
  #needed = 0;
  /** Whether all could be examined that one would want to. */
  #complete = true;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add(finding: Finding): void {
    const { check, subject, level, message, hint } = finding;
    this.#counts[level] += 1;
    const style = level === 'ok' ? 'green' : level === 'warn' ? 'yellow' : 'red';
    const mark = this.#terminal.style(style, (level === 'fail' ? 'FAIL' : level).padEnd(4));
    const what = (subject === '' ? check : subject).padEnd(10);
    const remedy = hint === '' ? '' : `\n                 -> ${hint}`;
    this.#terminal.emit(
      finding,
      ` ${mark}  ${what} ${message.replaceAll('\n', '\n                 ')}${remedy}`,
    );
  }

  /** How many members are up, this one included, and how many it takes. */
  members(up: number, needed: number): void {
    this.#peersUp = up;
    this.#needed = needed;
  }

  /** Something could not be found out. */
  incomplete(): void {
    this.#complete = false;
  }

  async attempt<T>(check: string, action: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      this.add(failed(check, error));
      return undefined;
    }
  }

  conclude(): ExitCode {
    const { warn: warnings, fail: failures } = this.#counts;
    const margin = this.#peersUp === undefined ? undefined : this.#peersUp - this.#needed;
    const works = failures === 0 && (margin === undefined || margin >= 0);
    const exit = !works ? EXIT.failed : warnings > 0 ? EXIT.unknown : EXIT.ok;
    const members =
      margin === undefined ? '' : `; ${this.#peersUp} members up, ${this.#needed} needed, margin ${margin}`;
    const well = this.#complete ? 'all well' : 'all well, as far as can be told while this node does not run';
    const words = !works ? 'cannot work' : warnings > 0 ? 'works, with something to see to' : well;
    this.#terminal.emit(
      {
        event: 'verdict',
        works,
        complete: this.#complete,
        warnings,
        failures,
        up: this.#peersUp ?? null,
        needed: this.#peersUp === undefined ? null : this.#needed,
        margin: margin ?? null,
      },
      ` ${words}: ${failures} to mend, ${warnings} to see to${members}`,
    );
    return exit;
  }
}

async function settings(cli: Cli, options: DoctorOptions, report: Report): Promise<LoadedConfig | undefined> {
  const { env, cwd } = cli;
  const flags = {
    cluster: options.cluster,
    identity: options.identity,
    coin: options.coin,
    dataDir: options.dataDir,
    listen: options.listen,
    'http.listen': options.http,
    'http.tokenFile': options.tokenFile,
  };
  const loaded = await report.attempt('settings', () =>
    loadConfig({ cwd, env, flags, file: options.config }),
  );
  if (loaded === undefined) return undefined;
  report.add(ok('settings', loaded.file ?? 'no config file: flags, variables and defaults'));
  for (const warning of loaded.warnings)
    report.add(warn('settings', warning, 'correct the variable, or unset it'));
  const { tokenFile } = loaded.config.http;
  if (tokenFile !== undefined && !(await exists(tokenFile))) {
    report.add(
      fail(
        'http',
        `token file ${tokenFile} does not exist`,
        'make one: `(umask 077; openssl rand -hex 32 > token)`',
      ),
    );
  }
  return loaded;
}

interface LiveNode {
  readonly url: string;
  readonly status: NodeStatus;
  readonly peers: readonly PeerView[];
  /** Undefined of a node that does not tell. */
  readonly epochs: EpochsView | undefined;
}

/** This very member, if it runs and answers. */
async function runningNode(
  { config }: LoadedConfig,
  name: string | undefined,
): Promise<LiveNode | undefined> {
  const { listen, tokenFile } = config.http;
  if (listen === false || name === undefined) return undefined;
  try {
    const client = await NodeClient.at(listen, tokenFile);
    const status = await client.json<NodeStatus>('/v1/status', { timeoutMs: 2_000 });
    if (status.name !== name) return undefined;
    const { peers } = await client.json<{ peers: readonly PeerView[] }>('/v1/peers');
    const epochs = await client.json<EpochsView>('/v1/epochs').catch((error: unknown) => {
      if (error instanceof CommandError) return undefined;
      throw error;
    });
    return { url: client.url, status, peers, epochs };
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

function examineLive(
  { url, status, peers, epochs }: LiveNode,
  cluster: ClusterDefinition | undefined,
  report: Report,
): void {
  const { state, uptimeMs, margin } = status;
  report.add(ok('node', `runs at ${url}, ${state}, up ${formatDuration(uptimeMs)}`));
  for (const finding of examineRunningEpoch(status, epochs, cluster)) report.add(finding);
  for (const peer of peers) report.add(peerFinding(peer));
  if (status.stalled > 0) {
    report.add(
      warn(
        'node',
        status.stalled === 1 ? '1 sender is stalled' : `${status.stalled} senders are stalled`,
        '`quorumcast status` and `trace` say on whom it waits',
      ),
    );
  }
  if (status.evidence > 0) {
    report.add(
      warn(
        'node',
        `${status.evidence} kinds of misdeed were seen`,
        '`quorumcast evidence` says whose and what',
      ),
    );
  }
  const up = status.peers.up + 1;
  report.members(up, up - margin);
}

async function examineAddresses(
  { config, settings: entries }: LoadedConfig,
  self: ClusterMember | undefined,
  report: Report,
): Promise<void> {
  const originOf = (key: string): string => entries.find(({ setting }) => setting.key === key)?.origin ?? '';
  const fromDefinition = self?.addresses[0]?.replace(/^.*:/, '0.0.0.0:');
  if (config.listen !== undefined) report.add(await examinePort('port', config.listen, originOf('listen')));
  else if (fromDefinition !== undefined) {
    report.add(await examinePort('port', fromDefinition, 'the port in the cluster definition'));
  }
  if (config.http.listen !== false) {
    report.add(await examinePort('http', config.http.listen, originOf('http.listen')));
  }
}

async function examinePeers(
  parts: { readonly cluster: ClusterDefinition; readonly identity: Identity; readonly self: ClusterMember },
  timeoutMs: number,
  report: Report,
): Promise<void> {
  const others = parts.cluster.members.filter(({ id }) => id !== parts.self.id);
  const findings = await Promise.all(others.map((peer) => examinePeer(parts, peer, timeoutMs)));
  for (const { finding, sure } of findings) {
    report.add(finding);
    if (!sure) report.incomplete();
  }
  const { echo, deliver } = parts.cluster.committee.quorums;
  const up = 1 + findings.filter(({ finding }) => finding.level === 'ok').length;
  report.members(up, Math.max(echo, deliver));
}
