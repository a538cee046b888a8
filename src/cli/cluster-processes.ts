import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { QuorumcastErrorCode } from '../node/index.ts';
import { type ClusterFolder, type MemberFolder, writeNodes } from './cluster-folder.ts';
import { CommandError } from './command-error.ts';

/** How members are started. */
export interface ProcessOptions {
  /** By member name: the way it lies. */
  readonly byzantine?: ReadonlyMap<string, string>;
  readonly logLevel?: string;
  /** Told of every process that ended without having been asked to. */
  readonly onLost?: (member: MemberProcess, exit: ProcessExit) => void;
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said went wrong; undefined if it said nothing. */
  readonly error: CommandError | undefined;
}

/** What a member's process says of itself. */
interface News {
  readonly event: 'listening' | 'ready' | 'closed' | 'failed';
  readonly address?: string;
  readonly http?: string | null;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

/** How long a process may take to end by itself before it is killed. */
const STOP_MS = 8_000;
/** Tests run this file from its source; processes always run what was built. */
const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/cli/main.js' : './main.js', import.meta.url),
);

/** One run of one member, as a process of its own. It ends when this process does. */
export class MemberProcess {
  readonly folder: MemberFolder;
  /** Resolves when it listens. Rejects with what it says went wrong. */
  readonly listening: Promise<void>;
  /** Resolves when it is connected to a quorum. Rejects as `listening`. */
  readonly ready: Promise<void>;
  readonly exited: Promise<ProcessExit>;
  /** http://HOST:PORT; empty before it listens. */
  http = '';
  /** HOST:PORT for peers; empty before it listens. */
  address = '';
  #running = true;
  #asked = false;
  #error: CommandError | undefined;
  readonly #child: ChildProcess;

  constructor(folder: MemberFolder, options: ProcessOptions) {
    this.folder = folder;
    this.#child = start(folder, options);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#running = false;
        resolve({ code, signal, error: this.#error });
      };
      this.#child.once('exit', end);
      this.#child.once('error', (cause) => {
        this.#error ??= new CommandError('ERR_INTERNAL', `${folder.name} cannot be started`, { cause });
        end(null, null);
      });
    });
    this.listening = this.#until('listening');
    this.ready = this.#until('ready');
    // Whoever does not wait for these still hears of the end through `exited`.
    this.listening.catch(() => undefined);
    this.ready.catch(() => undefined);
    this.#child.on('message', (news: News) => this.#hear(news));
  }

  get name(): string {
    return this.folder.name;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Whether somebody here asked it to end. */
  get asked(): boolean {
    return this.#asked;
  }

  /** Closes it cleanly; after a while it is killed. Idempotent. */
  async stop(): Promise<ProcessExit> {
    this.#asked = true;
    // What it takes for the sign to close: it works where there are no signals, and when this process dies.
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Ends it in the middle of whatever it does, as a power failure would. */
  async kill9(): Promise<ProcessExit> {
    this.#asked = true;
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  #hear(news: News): void {
    if (news.event === 'listening') {
      this.http = news.http ?? '';
      this.address = news.address ?? '';
    }
    if (news.event !== 'failed') return;
    this.#error = new CommandError(
      (news.code ?? 'ERR_INTERNAL') as QuorumcastErrorCode,
      `${this.name}: ${news.message ?? 'failed'}`,
      { hint: news.hint ?? '' },
    );
  }

  async #until(event: News['event']): Promise<void> {
    const said = new Promise<true>((resolve) => {
      this.#child.on('message', (news: News) => {
        if (news.event === event) resolve(true);
      });
    });
    const outcome = await Promise.race([said, this.exited]);
    if (outcome === true) return;
    throw (
      outcome.error ??
      new CommandError(
        'ERR_INTERNAL',
        `${this.name} ended with ${outcome.signal ?? `code ${outcome.code}`}`,
        {
          hint: `see ${this.folder.logFile}`,
        },
      )
    );
  }
}

function start(folder: MemberFolder, options: ProcessOptions): ChildProcess {
  const lie = options.byzantine?.get(folder.name);
  const args = ['run', '--config', folder.configFile, '--exit-with-parent', '--log-format', 'json'];
  if (options.logLevel !== undefined) args.push('--log-level', options.logLevel);
  if (lie !== undefined) args.push('--byzantine', lie);
  const log = openSync(folder.logFile, 'a', 0o600);
  try {
    return spawn(process.execPath, [MAIN, ...args], {
      cwd: folder.dir,
      env: withoutSettings(process.env),
      stdio: ['ignore', 'ignore', log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

/** Settings meant for one node would reach all of them. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('QUORUMCAST_')));
}

/** All members of a cluster folder, each as a process of its own. */
export class ClusterProcesses {
  readonly folder: ClusterFolder;
  readonly #options: ProcessOptions;
  readonly #members = new Map<string, MemberProcess>();

  private constructor(folder: ClusterFolder, options: ProcessOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** Starts all and waits until they listen. If one cannot, none is left running. @throws CommandError */
  static async start(folder: ClusterFolder, options: ProcessOptions = {}): Promise<ClusterProcesses> {
    const processes = new ClusterProcesses(folder, options);
    for (const { name } of folder.members) processes.start(name);
    try {
      await Promise.all(processes.members.map(({ listening }) => listening));
      await processes.#writeNodes();
    } catch (error) {
      await processes.stopAll();
      throw error;
    }
    return processes;
  }

  /** The latest process of each member, in the order of the definition. */
  get members(): readonly MemberProcess[] {
    return this.folder.members.flatMap(({ name }) => this.#members.get(name) ?? []);
  }

  /** The latest process of a member. */
  member(name: string): MemberProcess {
    const member = this.#members.get(name);
    if (member === undefined) throw new RangeError(`no member ${name}`);
    return member;
  }

  /** Resolves when every running member is connected to a quorum. */
  async ready(): Promise<void> {
    await Promise.all(this.members.filter(({ running }) => running).map(({ ready }) => ready));
  }

  /** Starts a member that does not run. */
  start(name: string): MemberProcess {
    const folder = this.folder.members.find((member) => member.name === name);
    if (folder === undefined) throw new RangeError(`no member ${name}`);
    if (this.#members.get(name)?.running === true) throw new RangeError(`${name} runs already`);
    const member = new MemberProcess(folder, this.#options);
    this.#members.set(name, member);
    void member.exited.then((exit) => {
      if (!member.asked) this.#options.onLost?.(member, exit);
    });
    return member;
  }

  /** Closes a member cleanly. */
  stop(name: string): Promise<ProcessExit> {
    return this.member(name).stop();
  }

  /** Ends a member as a power failure would. */
  kill9(name: string): Promise<ProcessExit> {
    return this.member(name).kill9();
  }

  /** Closes a member if it runs, starts it, and waits until it listens. */
  async restart(name: string): Promise<MemberProcess> {
    await this.member(name).stop();
    const member = this.start(name);
    await member.listening;
    await this.#writeNodes();
    return member;
  }

  /** Closes all. Resolves when no process is left. */
  async stopAll(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }

  #writeNodes(): Promise<void> {
    return writeNodes(
      this.folder,
      this.members.map(({ name, http, pid }) => ({ name, http, pid })),
    );
  }
}
