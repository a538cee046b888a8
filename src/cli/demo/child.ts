import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { QuorumcastError, type QuorumcastErrorCode } from '../../node/index.ts';
import type { CommonTelling } from './protocol.ts';

/** Members run built code, whether this file is built or not. */
const BUILT = new URL('../../../dist/', import.meta.url);
/** How long a member may take to end by itself. */
const STOP_MS = 3_000;

/** A member's process, from the side of the demo that forked it: it takes orders, and tells what comes of them. */
export class Child<Order, Telling extends { readonly kind: string }> {
  readonly name: string;
  /** Settles when the member is ready, or of no use. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #onTelling: (telling: Telling) => void;
  readonly #waiting = new Map<
    number,
    { resolve: (telling: Telling) => void; reject: (error: unknown) => void }
  >();
  #nextId = 1;
  #failure: QuorumcastError | undefined;
  #stopping = false;
  #fail: (error: QuorumcastError) => void = () => undefined;

  /** `script`: below `dist/`. `onTelling` gets what answers no order. `more`: what to do if it ends by itself. */
  constructor(name: string, script: string, onTelling: (telling: Telling) => void, more = '') {
    this.name = name;
    this.#onTelling = onTelling;
    this.#child = fork(fileURLToPath(new URL(script, BUILT)), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.ready = new Promise((resolve, reject) => {
      this.#fail = (error) => {
        if (!this.#stopping) this.#failure ??= error;
        reject(error);
        for (const { reject: rejectOne } of this.#waiting.values()) rejectOne(error);
        this.#waiting.clear();
      };
      this.#child.on('message', (telling: Telling | CommonTelling) => {
        if (telling.kind === 'ready') resolve();
        else this.#hear(telling);
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
      const hint = `nobody here ended it: perhaps memory ran out${more}`;
      this.#fail(new QuorumcastError('ERR_CLOSED', `member ${name} ended ${how}`, { hint, definite: false }));
    });
  }

  /** Why it was of no use any more before it was told to stop; undefined if it was. */
  get failure(): QuorumcastError | undefined {
    return this.#failure;
  }

  /** Ends the process, which this order asks for, by force if it does not end by itself. */
  async stop(order: Order): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#stopping = true;
    const ended = once(this.#child, 'exit');
    this.order(order);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Gives an order, and resolves with the telling of the same id. */
  ask(make: (id: number) => Order): Promise<Telling> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.order(make(id));
    });
  }

  order(order: Order): void {
    // One that has just ended takes none; its end is told of by itself.
    if (this.#child.connected) this.#child.send(order as object, () => undefined);
  }

  #hear(telling: Telling | CommonTelling): void {
    if (isFailed(telling)) {
      const { code, message, hint } = telling;
      this.#fail(new QuorumcastError(codeOf(code), `member ${this.name}: ${message}`, { hint }));
      return;
    }
    const id = 'id' in telling && typeof telling.id === 'number' ? telling.id : undefined;
    if (id === undefined) {
      this.#onTelling(telling as Telling);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (isRefused(telling)) waiting?.reject(new QuorumcastError('ERR_USAGE', telling.error));
    else waiting?.resolve(telling as Telling);
  }
}

function isFailed(telling: {
  readonly kind: string;
}): telling is CommonTelling & { readonly kind: 'failed' } {
  return telling.kind === 'failed';
}

function isRefused(telling: {
  readonly kind: string;
}): telling is CommonTelling & { readonly kind: 'refused' } {
  return telling.kind === 'refused';
}

function codeOf(code: string): QuorumcastErrorCode {
  return code.startsWith('ERR_') ? (code as QuorumcastErrorCode) : 'ERR_INTERNAL';
}
