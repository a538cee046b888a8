import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { faultyMax, quorums } from '../../committee/index.ts';
import type { Cli } from '../cli.ts';
import { type ClusterFolder, makeClusterFolder, openClusterFolder } from '../cluster-folder.ts';
import { ClusterProcesses, type MemberProcess, type ProcessExit } from '../cluster-processes.ts';
import { quorumText } from '../cluster-text.ts';
import { CommandError, usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists } from '../files.ts';
import { aborted, interruptSignal } from '../interrupt.ts';
import { holderOf } from '../port-holder.ts';
import { freeRow, isPortFree } from '../ports.ts';
import { count, formatDuration, type Terminal } from '../terminal.ts';

/** Options of `dev`. */
export interface DevOptions {
  readonly members?: number;
  readonly faulty?: number;
  readonly port?: number;
  readonly http?: number;
  readonly dir?: string;
  readonly keep?: boolean;
  readonly byzantine?: readonly string[];
  readonly logLevel: string;
}

const MEMBERS_DEFAULT = 4;
const PORT_DEFAULT = 7_400;
const HTTP_DEFAULT = 7_480;

/** Runs all members of a cluster on this machine until Ctrl-C. */
export async function run(cli: Cli, _args: readonly string[], options: DevOptions): Promise<ExitCode> {
  const signal = interruptSignal();
  const began = performance.now();
  const temporary = options.dir === undefined && options.keep !== true;
  const dir =
    options.dir === undefined
      ? await mkdtemp(join(tmpdir(), 'quorumcast-dev-'))
      : resolve(cli.cwd, options.dir);
  // A second Ctrl-C ends this process at once; what it leaves should not be a folder with keys.
  const sweep = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  if (temporary) process.once('exit', sweep);
  try {
    const folder = await prepare(dir, options);
    const byzantine = await liars(options.byzantine ?? [], folder);
    await requirePorts(folder);
    const processes = await ClusterProcesses.start(folder, {
      byzantine,
      logLevel: options.logLevel,
      onLost: (member, exit) => tellLost(cli.terminal, member, exit),
    });
    try {
      await untilReady(cli.terminal, processes, { began, byzantine, signal, temporary });
      await Promise.race([aborted(signal), Promise.all(processes.members.map(({ exited }) => exited))]);
    } finally {
      if (signal.aborted) cli.terminal.talk('closing');
      await processes.stopAll();
    }
    return signal.aborted ? EXIT.ok : EXIT.failed;
  } finally {
    if (temporary) {
      process.off('exit', sweep);
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** The folder as it is, or a new one. */
async function prepare(dir: string, options: DevOptions): Promise<ClusterFolder> {
  if (await exists(join(dir, 'cluster.json'))) {
    const folder = await openClusterFolder(dir);
    refuseOther(folder, options);
    return folder;
  }
  const members = options.members ?? MEMBERS_DEFAULT;
  const faulty = options.faulty ?? faultyMax(members);
  requirePossible(members, faulty);
  const ports = inRow(options.port ?? PORT_DEFAULT, members, '--port');
  const httpPorts = inRow(options.http ?? HTTP_DEFAULT, members, '--http');
  const both = ports.find((port) => httpPorts.includes(port));
  if (both !== undefined)
    throw usage(`port ${both} would serve members and HTTP`, 'move --port and --http apart');
  await requireFree(ports, '--port');
  await requireFree(httpPorts, '--http');
  return makeClusterFolder(dir, { members, faulty, ports, httpPorts });
}

/** @throws CommandError ERR_USAGE with the arithmetic */
function requirePossible(members: number, faulty: number): void {
  try {
    quorums(members, faulty);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usage(error.message, 'change --members or --faulty');
  }
}

/** A cluster that exists is as it is: its keys, ports and f are signed. */
function refuseOther({ dir, definition, members }: ClusterFolder, options: DevOptions): void {
  const { n, f } = definition.committee;
  const firstPort = Number(members[0]?.address.split(':').at(-1));
  const firstHttp = Number(members[0]?.httpListen.split(':').at(-1));
  const differs = (flag: string, wanted: number | undefined, is: number): void => {
    if (wanted === undefined || wanted === is) return;
    throw usage(
      `${flag} ${wanted} does not fit the cluster in ${dir}, which has ${is}`,
      'leave the flag away, or name another --dir',
    );
  };
  differs('--members', options.members, n);
  differs('--faulty', options.faulty, f);
  differs('--port', options.port, firstPort);
  differs('--http', options.http, firstHttp);
}

function inRow(first: number, length: number, flag: string): readonly number[] {
  if (first + length - 1 > 65_535)
    throw usage(`${flag} ${first} leaves no room for ${count(length, 'port')}`);
  return Array.from({ length }, (_, index) => first + index);
}

/** @throws CommandError ERR_ADDRESS_IN_USE naming the port and a row that is free */
async function requireFree(ports: readonly number[], flag: string): Promise<void> {
  const speaks = flag === '--http' ? 'http' : 'peers';
  for (const port of ports) {
    if (await isPortFree(port)) continue;
    const other = await freeRow((ports.at(-1) ?? port) + 1, ports.length);
    throw new CommandError(
      'ERR_ADDRESS_IN_USE',
      `port ${port} is in use${await holderOf('127.0.0.1', port, speaks)} (${flag} ${ports[0]}, ${count(ports.length, 'port')} in a row)`,
      {
        hint: other === undefined ? `choose others with ${flag}` : `these are free: ${flag} ${other}`,
        retryable: true,
      },
    );
  }
}

async function requirePorts({ members }: ClusterFolder): Promise<void> {
  for (const { name, address, httpListen, configFile } of members) {
    for (const [text, speaks, where] of [
      [address, 'peers', 'the cluster definition'],
      [httpListen, 'http', configFile],
    ] as const) {
      const port = Number(text.split(':').at(-1));
      if (port === 0 || (await isPortFree(port))) continue;
      const holder = await holderOf('127.0.0.1', port, speaks);
      throw new CommandError(
        'ERR_ADDRESS_IN_USE',
        `port ${port} of ${name} is in use${holder} (from ${where})`,
        {
          hint: 'perhaps this cluster runs already: end that, or start another with --dir and --port',
          retryable: true,
        },
      );
    }
  }
}

async function liars(
  given: readonly string[],
  { definition }: ClusterFolder,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  if (given.length === 0) return found;
  const { requireAdversary } = await import('../adversary.ts');
  for (const item of given.flatMap((list) => list.split(','))) {
    const [name = '', kind = ''] = item.split('=');
    if (definition.memberNamed(name) === undefined) {
      const names = definition.members.map((member) => member.name).join(', ');
      throw usage(
        `--byzantine ${item}: there is no member "${name}"`,
        `the members are ${names}; write p3=equivocate`,
      );
    }
    found.set(name, requireAdversary(kind));
  }
  return found;
}

async function untilReady(
  terminal: Terminal,
  processes: ClusterProcesses,
  state: {
    readonly began: number;
    readonly byzantine: ReadonlyMap<string, string>;
    readonly signal: AbortSignal;
    readonly temporary: boolean;
  },
): Promise<void> {
  const { folder } = processes;
  const { definition, dir } = folder;
  const { n, f } = definition.committee;
  terminal.talk(`quorumcast dev  ${count(n, 'member')}  ${quorumText(definition)}`);
  terminal.talk(
    `  data ${dir}${state.temporary ? ' (removed at the end)' : ''}   digest ${definition.shortDigest}`,
  );
  for (const { name, http, address } of processes.members) {
    const lie = state.byzantine.get(name);
    terminal.talk(
      `  ${name}  peers ${address}  http ${http}${lie === undefined ? '' : `  Byzantine: ${lie}`}`,
    );
  }
  if (state.byzantine.size > f) {
    terminal.warn(`${count(state.byzantine.size, 'member')} lie and f=${f}: nothing is promised any more`);
  }
  await Promise.race([processes.ready(), aborted(state.signal)]);
  if (state.signal.aborted) return;
  if (terminal.json) {
    terminal.emit(
      {
        event: 'ready',
        dir,
        digest: definition.shortDigest,
        n,
        f,
        quorum: definition.committee.quorums,
        members: processes.members.map(({ name, http, address, pid }) => ({ name, http, address, pid })),
      },
      '',
    );
  }
  const [first] = processes.members;
  const where = first === undefined || first.http === 'http://127.0.0.1:7480' ? '' : ` --http ${first.http}`;
  terminal.talk(`ready in ${formatDuration(performance.now() - state.began)}; Ctrl-C ends it`);
  terminal.talk(`next: quorumcast send hello${where}`);
}

function tellLost(terminal: Terminal, member: MemberProcess, { code, signal, error }: ProcessExit): void {
  if (terminal.json) terminal.emit({ event: 'exited', member: member.name, code, signal }, '');
  if (error === undefined)
    terminal.warn(`${member.name} ended (${signal ?? `code ${code}`}); its log: ${member.folder.logFile}`);
  else terminal.error(error);
}
