import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { copyBytes } from '../../base/index.ts';
import { decodeBatch } from '../../codec/index.ts';
import { LIMITS_DEFAULT } from '../../committee/index.ts';
import { FileStore, QuorumcastError } from '../../node/index.ts';
import { ADVERSARIES } from '../../simulator/index.ts';
import type { Cli } from '../cli.ts';
import { type ClusterFolder, type MemberFolder, makeClusterFolder } from '../cluster-folder.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { interruptSignal } from '../interrupt.ts';
import { count } from '../terminal.ts';
import { type Lines, openLines } from './input.ts';
import { MemberHandle, type Seen } from './members.ts';
import { type DemoOptions, type DemoPlan, planDemo } from './options.ts';
import type { MemberReport } from './protocol.ts';
import { showLies, showMembers, showVerdict } from './report.ts';
import { judge, type MemberLog, type Submitted } from './verdict.ts';

/** Lines under way at once. */
const IN_FLIGHT_MAX = 64;
/** A liar tells a story of its own after so many lines. */
const LIE_EVERY_LINES = 8;
/** How long nothing may change before what is missing counts as missing. */
const PATIENCE_MS = 20_000;
const POLL_MS = 100;
/** How long members may take to find each other, and how often it is told what they wait for. */
const READY_MS_MAX = 60_000;
const READY_TELL_MS = 5_000;

/** `quorumcast demo`: a real cluster on this machine, one of its members lying, judged from the others' logs. */
export async function run(cli: Cli, args: readonly string[], options: DemoOptions): Promise<ExitCode> {
  const plan = planDemo(options);
  const kept = options.keep !== undefined;
  const lines = await openLines(args[0], LIMITS_DEFAULT.payloadBytes);
  const dir =
    options.keep === undefined
      ? await mkdtemp(join(tmpdir(), 'quorumcast-demo-'))
      : resolve(cli.cwd, options.keep);
  // A second Ctrl-C, or a reader that closed the pipe, ends this process at once: without a folder with keys left.
  const sweep = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  if (!kept) process.once('exit', sweep);
  try {
    return await new Demo(cli, plan, dir).run(lines);
  } finally {
    await lines.close();
    if (!kept) {
      process.off('exit', sweep);
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

class Demo {
  readonly #cli: Cli;
  readonly #plan: DemoPlan;
  readonly #dir: string;
  readonly #seen: Seen[] = [];
  readonly #submitted: Submitted[] = [];
  /** Handed to members that ended before they answered. */
  readonly #unsure: Omit<Submitted, 'seq'>[] = [];
  readonly #mourned = new Set<MemberHandle>();
  #members: MemberHandle[] = [];

  constructor(cli: Cli, plan: DemoPlan, dir: string) {
    this.#cli = cli;
    this.#plan = plan;
    this.#dir = dir;
  }

  async run(text: Lines): Promise<ExitCode> {
    const { terminal } = this.#cli;
    const signal = interruptSignal();
    const { n, f } = this.#plan;
    const cluster = await makeClusterFolder(this.#dir, { name: 'demo', members: n, faulty: f });
    this.#introduce(cluster);
    try {
      this.#members = cluster.members.map((folder, id) => this.#start(cluster, folder, id));
      await this.#allReady(signal);
      terminal.talk(
        `  all links up; broadcasting from ${this.#correct.map(({ name }) => name).join(', ')} in turn`,
      );
      await this.#broadcastAll(text, signal);
      await this.#settle(signal);
      const reports = await Promise.all(
        this.#members.map((member) => this.#unlessEnded(member, member.report())),
      );
      await this.#stop();
      const logs = new Map<number, MemberLog>();
      for (const { id, name, dataDir, failure } of this.#correct)
        logs.set(id, { ...(await readLog(cluster, id, name, dataDir)), ended: failure !== undefined });
      return this.#conclude(reports, logs, signal.aborted);
    } finally {
      await this.#stop();
    }
  }

  get #correct(): readonly MemberHandle[] {
    return this.#members.filter(({ adversary }) => adversary === undefined);
  }

  get #alive(): readonly MemberHandle[] {
    return this.#correct.filter(({ failure }) => failure === undefined);
  }

  /** What is asked of a member; undefined if it ended meanwhile, which is told once. */
  async #unlessEnded<Value>(member: MemberHandle, asked: Promise<Value>): Promise<Value | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (member.failure === undefined) throw error;
      this.#mourn();
      return undefined;
    }
  }

  /** Says who ended, and what is left of what is promised. */
  #mourn(): void {
    const { f, adversaries } = this.#plan;
    for (const member of this.#members) {
      const { failure, name } = member;
      if (failure === undefined || this.#mourned.has(member)) continue;
      this.#mourned.add(member);
      const ended = this.#members.filter(({ id, failure: why }) => why !== undefined && !adversaries.has(id));
      const faulty = ended.length + adversaries.size;
      const promised =
        faulty > f
          ? `${faulty} that lie or are gone are more than f=${f}: nothing is promised any more`
          : `without it the others go on: ${faulty} of at most f=${f} lie or are gone`;
      this.#cli.terminal.warn(`${failure.message}; ${promised}\n  -> ${failure.hint}`);
      if (this.#cli.terminal.json)
        this.#cli.terminal.emit({ event: 'ended', member: name, why: failure.message }, '');
    }
  }

  #introduce({ definition }: ClusterFolder): void {
    const { terminal } = this.#cli;
    const { n, f, adversaries } = this.#plan;
    const { quorums } = definition.committee;
    const [form, echo] =
      f > 0
        ? ['Bracha with early delivery', `${quorums.echoEarly} of the others`]
        : ['Bracha, nobody faulty allowed', `${quorums.echo}`];
    terminal.talk(
      `quorumcast demo  ${count(n, 'member')}  f=${f}  ${form}  mutual TLS 1.3  durable logs\n` +
        `  quorums: echo ${echo}, amplify ${quorums.amplify}, deliver ${quorums.deliver}   cluster ${definition.shortDigest}\n` +
        `  data in ${this.#dir}`,
    );
    for (const [id, kind] of adversaries)
      terminal.talk(`  ${definition.members[id]?.name} is Byzantine: it ${ADVERSARIES[kind].summary}`);
    if (adversaries.size > f) {
      terminal.warn(
        `${adversaries.size} Byzantine members are more than f=${f}: nothing is promised any more`,
      );
    }
    if (terminal.json) {
      const byzantine = Object.fromEntries(
        Array.from(adversaries, ([id, kind]) => [definition.members[id]?.name, kind]),
      );
      terminal.emit(
        {
          event: 'cluster',
          members: n,
          faulty: f,
          digest: definition.shortDigest,
          byzantine,
          dir: this.#dir,
        },
        '',
      );
    }
  }

  #start({ clusterFile }: ClusterFolder, { name, keyFile, dataDir }: MemberFolder, id: number): MemberHandle {
    const adversary = this.#plan.adversaries.get(id);
    return new MemberHandle(id, name, { clusterFile, keyFile, dataDir, adversary }, (seen) =>
      this.#seen.push(seen),
    );
  }

  /**
   * Until every member has all its links: a liar that joined later would have nobody to tell anything. Says who waits
   * for what if that takes long, and gives up.
   */
  async #allReady(signal: AbortSignal): Promise<void> {
    const ready = Promise.all(this.#members.map((member) => member.ready)).then(() => true);
    const patience = new AbortController();
    try {
      for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += READY_TELL_MS) {
        const later = pause(READY_TELL_MS, false, { signal: patience.signal }).catch(() => false);
        await untilAborted(Promise.race([ready, later]), signal);
        if (signal.aborted || (await Promise.race([ready, Promise.resolve(false)]))) return;
        for (const line of await this.#unready()) this.#cli.terminal.talk(`  still waiting: ${line}`);
      }
    } finally {
      patience.abort();
    }
    throw new QuorumcastError('ERR_TIMEOUT', (await this.#unready()).join('; '), {
      hint: 'see whether the machine is overloaded or something keeps programs on it from connecting to 127.0.0.1',
      retryable: true,
    });
  }

  async #unready(): Promise<readonly string[]> {
    const lines = await Promise.all(
      this.#members.map(async (member) => {
        const { reasons } = await member.report();
        return reasons.map((reason) => `${member.name}: ${reason}`);
      }),
    );
    return lines.flat();
  }

  /** Broadcasts each line from the next correct member; now and then a liar says something of its own. */
  async #broadcastAll(text: Lines, signal: AbortSignal): Promise<void> {
    const { terminal } = this.#cli;
    const bar = terminal.watched
      ? new SingleBar({ format: '  [{bar}] {value} lines  {duration_formatted}', clearOnComplete: true })
      : undefined;
    const inFlight = new Set<Promise<unknown>>();
    const liars = this.#members.filter(({ adversary }) => adversary !== undefined);
    let lines = 0;
    bar?.start(0, 0);
    try {
      for await (const line of text) {
        if (signal.aborted) break;
        this.#mourn();
        const alive = this.#alive;
        const member = alive[lines % Math.max(1, alive.length)];
        if (member === undefined) break;
        track(inFlight, this.#broadcast(member, line));
        lines += 1;
        const liar = liars[lines % Math.max(1, liars.length)];
        if (liar !== undefined && lines % LIE_EVERY_LINES === 1)
          track(inFlight, this.#unlessEnded(liar, tellTale(liar, lines)));
        bar?.setTotal(lines);
        bar?.update(this.#submitted.length);
        while (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
      }
      await untilAborted(Promise.all(inFlight), signal);
    } finally {
      bar?.stop();
    }
    terminal.talk(`  ${count(this.#submitted.length, 'line')} accepted`);
    if (lines === 0) terminal.warn('there was no line to broadcast: what holds below holds of nothing');
  }

  async #broadcast(member: MemberHandle, payload: Uint8Array): Promise<void> {
    const seq = await this.#unlessEnded(member, member.broadcast(payload));
    if (seq === undefined) this.#unsure.push({ sender: member.id, payload });
    else this.#submitted.push({ sender: member.id, seq, payload });
  }

  /** Until all lines are delivered at every correct member and their logs are equally long, or nothing moves. */
  async #settle(signal: AbortSignal): Promise<void> {
    let last = '';
    let since = performance.now();
    let calm = 0;
    while (!signal.aborted && performance.now() - since < PATIENCE_MS) {
      const reports = await Promise.all(
        this.#alive.map((member) => this.#unlessEnded(member, member.report())),
      );
      const counts = reports.map((report) => report?.deliveredBySender.join() ?? '');
      if (counts.length === 0) return;
      const complete = new Set(counts).size === 1 && this.#allDelivered(counts[0] ?? '');
      const now = counts.join(';');
      if (now !== last) since = performance.now();
      calm = complete && now === last ? calm + 1 : 0;
      if (calm >= 5) return;
      last = now;
      await pause(POLL_MS);
    }
  }

  #allDelivered(counts: string): boolean {
    const delivered = counts.split(',').map(Number);
    const due = new Map<number, number>();
    const alive = new Set<number>(this.#alive.map(({ id }) => id));
    for (const { sender, seq } of this.#submitted)
      if (alive.has(sender)) due.set(sender, Math.max(seq, due.get(sender) ?? 0));
    return Array.from(due).every(([sender, seq]) => (delivered[sender] ?? 0) >= seq);
  }

  #conclude(
    reports: readonly (MemberReport | undefined)[],
    logs: ReadonlyMap<number, MemberLog>,
    interrupted: boolean,
  ): ExitCode {
    const { terminal } = this.#cli;
    const names = this.#members.map(({ name }) => name);
    const rows = this.#members.map(({ id, name, adversary, failure }, index) => {
      const role = failure === undefined ? (adversary ?? 'correct') : 'gone';
      return { name, role, log: logs.get(id), report: reports[index] };
    });
    const senders = this.#members.map(({ adversary, failure }) => {
      if (adversary !== undefined) return 'liar';
      return failure === undefined ? 'correct' : 'gone';
    });
    const sent = { submitted: this.#submitted, unsure: this.#unsure };
    const found = judge([...logs.values()], sent, senders, (sender) => names[sender] ?? '?');
    showMembers(terminal, rows, names);
    showLies(
      terminal,
      this.#seen,
      [...logs.values()],
      this.#members.filter(({ adversary }) => adversary !== undefined),
    );
    const gone = [...this.#mourned].map(({ failure }) => failure?.message ?? '');
    showVerdict(terminal, found, gone, { lines: this.#submitted.length, interrupted });
    const findings = [found.agreement, found.totality, found.validity, found.integrity];
    if (findings.includes('violated')) return EXIT.failed;
    if (interrupted) return EXIT.interrupted;
    return findings.includes('undecided') ? EXIT.unknown : EXIT.ok;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()));
  }
}

/** What a member delivered, from its own log on disk, the member itself being gone. */
async function readLog(
  { definition }: ClusterFolder,
  id: number,
  name: string,
  dir: string,
): Promise<MemberLog> {
  const { committee, digest: cluster, limits } = definition;
  const store = await FileStore.open({ dir, cluster, committee, self: committee.member(id) });
  try {
    const delivered: MemberLog['delivered'][number][] = [];
    for (let from = 1; from <= store.deliveredCount; from = delivered.length + 1) {
      for (const { sender, firstSeq, payload } of await store.deliveries(from, 4_096)) {
        const batch = decodeBatch(payload, limits);
        const messages = batch.ok ? batch.value : [];
        for (const [index, message] of messages.entries()) {
          delivered.push({ sender, seq: firstSeq + index, payload: copyBytes(message) });
        }
      }
    }
    return { name, delivered };
  } finally {
    await store.close();
  }
}

async function tellTale(liar: MemberHandle, line: number): Promise<void> {
  await liar.broadcast(new TextEncoder().encode(`${liar.name} says at line ${line}: serve at seven`));
}

function track(inFlight: Set<Promise<unknown>>, work: Promise<unknown>): void {
  const tracked = work.finally(() => inFlight.delete(tracked));
  inFlight.add(tracked);
  tracked.catch(() => undefined);
}

/** `work`, or nothing more once `signal` fires. */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
