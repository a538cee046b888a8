import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { QuorumcastError, type QuorumcastErrorCode } from '../../node/index.ts';
import type { AdversaryName } from '../../simulator/index.ts';
import type { MemberReport, MemberSetup, Order, Telling } from './protocol.ts';

/** Something a member did or saw, worth showing. */
export type Seen =
  | {
      readonly kind: 'lie';
      readonly member: string;
      readonly text: string;
      readonly instance: string | undefined;
    }
  | {
      readonly kind: 'evidence';
      readonly member: string;
      readonly peer: string;
      readonly code: string;
      readonly about: string | undefined;
      /** Whether it can be proven to anybody. */
      readonly proven: boolean;
    };

/** How long a member may take to end by itself. */
const STOP_MS = 3_000;

/** A member's process, from the side of the demo. */
export class MemberHandle {
  readonly id: number;
  readonly name: string;
  readonly adversary: AdversaryName | undefined;
  readonly dataDir: string;
  readonly #child: ChildProcess;
  readonly #onSeen: (seen: Seen) => void;
  readonly #waiting = new Map<
    number,
    { resolve: (telling: Telling) => void; reject: (error: unknown) => void }
  >();
  readonly ready: Promise<void>;
  #nextId = 1;
  #failure: QuorumcastError | undefined;
  #fail: (error: QuorumcastError) => void = () => undefined;

  constructor(id: number, name: string, setup: MemberSetup, onSeen: (seen: Seen) => void) {
    this.id = id;
    this.name = name;
    this.adversary = setup.adversary;
    this.dataDir = setup.dataDir;
    this.#onSeen = onSeen;
    const script = fileURLToPath(new URL('./member-process.js', import.meta.url));
    this.#child = fork(script, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.ready = new Promise((resolve, reject) => {
      this.#fail = (error) => {
        this.#failure ??= error;
        reject(error);
        for (const { reject: rejectOne } of this.#waiting.values()) rejectOne(error);
        this.#waiting.clear();
      };
      this.#child.on('message', (telling: Telling) => {
        if (telling.kind === 'ready') resolve();
        else this.#onTelling(telling);
      });
    });
    // Whoever asks later gets the failure; here it must not count as unhandled.
    this.ready.catch(() => undefined);
    this.#child.on('error', (cause) => {
      const text = `member ${name} cannot be started: ${cause.message}`;
      this.#fail(new QuorumcastError('ERR_INTERNAL', text, { cause }));
    });
    this.#child.on('exit', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const hint =
        'nobody here ended it: perhaps memory ran out; with --keep DIR the logs of all members stay for a look';
      this.#fail(new QuorumcastError('ERR_CLOSED', `member ${name} ended ${how}`, { hint, definite: false }));
    });
    this.#order({ kind: 'start', setup });
  }

  /** Why it is of no use any more; undefined while it is. */
  get failure(): QuorumcastError | undefined {
    return this.#failure;
  }

  /** Broadcasts a message; resolves with its number once it is durable there. */
  async broadcast(payload: Uint8Array): Promise<number> {
    const base64 = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
    const telling = await this.#ask((id) => ({ kind: 'broadcast', id, base64 }));
    return telling.kind === 'accepted' ? telling.seq : 0;
  }

  async report(): Promise<MemberReport> {
    const telling = await this.#ask((id) => ({ kind: 'report', id }));
    if (telling.kind !== 'report') throw new QuorumcastError('ERR_INTERNAL', 'a report was asked for');
    return telling.report;
  }

  /** Ends the process, by force if it does not by itself. */
  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#order({ kind: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  #ask(make: (id: number) => Order): Promise<Telling> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#order(make(id));
    });
  }

  #order(order: Order): void {
    // One that has just ended takes none; its end is told of by itself.
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  #onTelling(telling: Telling): void {
    switch (telling.kind) {
      case 'accepted':
      case 'report':
        this.#waiting.get(telling.id)?.resolve(telling);
        this.#waiting.delete(telling.id);
        return;
      case 'refused':
        this.#waiting.get(telling.id)?.reject(new QuorumcastError('ERR_USAGE', telling.error));
        this.#waiting.delete(telling.id);
        return;
      case 'lie':
        this.#onSeen({ ...telling, member: this.name });
        return;
      case 'evidence':
        this.#onSeen({ ...telling, member: this.name });
        return;
      case 'failed': {
        const { code, message, hint } = telling;
        const text = `member ${this.name}: ${message}`;
        this.#fail(new QuorumcastError(codeOf(code), text, { hint }));
        return;
      }
      default:
        return;
    }
  }
}

function codeOf(code: string): QuorumcastErrorCode {
  return code.startsWith('ERR_') ? (code as QuorumcastErrorCode) : 'ERR_INTERNAL';
}
