import { MemberProcess } from './member-process.ts';
import type { Event, Orders, PlainReport, ProcessStatus, Setup } from './orders.ts';

/** How long a member may take to tell its state to whoever reports a failure. */
const DESCRIBE_MS = 2_000;

/** A member over all its lives. */
export class Member {
  readonly id: number;
  readonly name: string;
  readonly port: number;
  readonly setup: Setup;
  /** Own messages that are durable here, by number: nobody may ever lose or change them. */
  readonly accepted = new Map<number, string>();
  lastAccepted = 0;
  liar = false;
  readonly #lives: MemberProcess[] = [];
  readonly #expectedEnds = new Set<MemberProcess>();
  readonly #contradictions: string[] = [];

  constructor(id: number, name: string, port: number, setup: Setup) {
    this.id = id;
    this.name = name;
    this.port = port;
    this.setup = setup;
  }

  /** Its last process, or the one that runs. */
  get life(): MemberProcess {
    const life = this.#lives.at(-1);
    if (life === undefined) throw new Error(`${this.name} was never started`);
    return life;
  }

  get alive(): boolean {
    return this.#lives.length > 0 && this.life.exit === undefined;
  }

  /**
   * Starts a process for it; the node listens when this resolves. `under`: a program and its arguments to run it under.
   * @throws QuorumcastError as `startNode`
   */
  async start(changes: Partial<Setup> = {}, under: readonly string[] = []): Promise<void> {
    if (this.alive) throw new Error(`${this.name} runs already`);
    this.liar = changes.adversary !== undefined;
    // What a liar accepts, or a member on another log than its own, binds nobody.
    const binding = !this.liar && changes.dataDir === undefined;
    const life = new MemberProcess((seq, digest) => {
      if (binding) this.#onAccepted(seq, digest);
    }, under);
    this.#lives.push(life);
    await life.start({ ...this.setup, ...changes });
  }

  broadcast(
    text: string,
    options: { readonly bytes?: number; readonly key?: string } = {},
  ): Promise<Orders['broadcast']['answer']> {
    return this.life.ask('broadcast', { text, ...options });
  }

  status(): Promise<ProcessStatus> {
    return this.life.ask('status', {});
  }

  log(): Promise<Orders['log']['answer']> {
    return this.life.ask('log', {});
  }

  /** Broadcasts again and again from now on. */
  async load(pauseMs = 10, bytes = 100): Promise<void> {
    await this.life.ask('load', { pauseMs, bytes });
  }

  async rest(): Promise<void> {
    await this.life.ask('rest', {});
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    if (!this.alive) return;
    const { life } = this;
    this.#expectedEnds.add(life);
    await life.kill();
  }

  /** Closes the node and waits until its process has ended by itself. */
  async close(timeoutMs?: number): Promise<PlainReport> {
    const { life } = this;
    this.#expectedEnds.add(life);
    const report = await life.ask('close', timeoutMs === undefined ? {} : { timeoutMs });
    await life.ended;
    return report;
  }

  /** What Ctrl-C in a terminal sends: the process is to close its node and end. */
  interrupt(): void {
    this.expectEnd();
    this.life.signal('SIGINT');
  }

  /** The node is expected to close itself; the process is then no use any more. */
  expectEnd(): void {
    this.#expectedEnds.add(this.life);
  }

  /** The events of one kind, of all its processes. */
  eventsOf<Kind extends Event['kind']>(kind: Kind): Extract<Event, { readonly kind: Kind }>[] {
    return this.#lives.flatMap((life) => life.eventsOf(kind));
  }

  /** All that is wrong with its processes. `liars`: names of those it may complain of. */
  failures(liars: ReadonlySet<string>): string[] {
    const found = [...this.#contradictions];
    for (const [index, life] of this.#lives.entries()) {
      const say = (text: string): number => found.push(`${this.name}, process ${index + 1}: ${text}`);
      if (life.stderr !== '') say(life.stderr);
      if (!this.#expectedEnds.has(life)) say(`ended by itself with ${JSON.stringify(life.exit)}`);
      if (life.exit?.code !== 0 && life.exit?.signal !== 'SIGKILL')
        say(`ended with ${JSON.stringify(life.exit)}`);
      for (const { accused, code } of life.eventsOf('evidence')) {
        if (!liars.has(accused)) say(`accuses ${accused} of ${code}`);
      }
      for (const { accused, text } of life.eventsOf('contradiction')) {
        if (!liars.has(`p${accused}`)) say(`was told two things: ${text}`);
      }
    }
    return found;
  }

  /** Its state in one line, as far as it can tell. */
  async describe(): Promise<string> {
    if (this.#lives.length === 0) return `${this.name} was never started`;
    const { life } = this;
    const events = life.events.slice(-6).map((event) => JSON.stringify(event));
    const tail = `\n  ${events.join('\n  ')}${life.stderr === '' ? '' : `\n  stderr: ${life.stderr}`}`;
    if (life.exit !== undefined) return `${this.name} has ended: ${JSON.stringify(life.exit)}${tail}`;
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), DESCRIBE_MS));
    const status = await Promise.race([life.ask('status', {}).catch(() => undefined), late]);
    return `${this.name} accepted ${this.lastAccepted}: ${JSON.stringify(status) ?? 'no answer'}${tail}`;
  }

  #onAccepted(seq: number, digest: string): void {
    const earlier = this.accepted.get(seq) ?? digest;
    if (earlier !== digest) this.#contradictions.push(`${this.name} accepted two messages as number ${seq}`);
    this.accepted.set(seq, earlier);
    this.lastAccepted = Math.max(this.lastAccepted, seq);
  }
}
