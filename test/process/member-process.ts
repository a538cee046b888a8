import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { QuorumcastError, type QuorumcastErrorCode } from '../../src/node/index.ts';
import type { Event, Order, OrderName, Orders, PlainError, Setup, Telling } from './orders.ts';

const SCRIPT = fileURLToPath(new URL('member.mjs', import.meta.url));

/** All that run, so that none outlives the tests, not even one that is stopped. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One life of a member: a process of its own, from its start to its end. */
export class MemberProcess {
  readonly events: Event[] = [];
  /** What it wrote to standard error: an unhandled rejection, a warning, anything. */
  stderr = '';
  exit: Exit | undefined;
  readonly ended: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #asked = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }
  >();
  #lastId = 0;

  /** `onAccepted`: told of every own message that is durable there. `under`: a program and its arguments to run it under. */
  constructor(onAccepted: (seq: number, digest: string) => void, under: readonly string[] = []) {
    const [program, ...args] = under;
    const node = program === undefined ? [] : [process.execPath];
    this.#child = fork(SCRIPT, [], {
      ...(program === undefined ? {} : { execPath: program }),
      execArgv: [...args, ...node, '--unhandled-rejections=strict'],
      // One thread writes and syncs, so that system calls can be counted.
      env: program === undefined ? process.env : { ...process.env, UV_THREADPOOL_SIZE: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    running.add(this.#child);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#child.on('message', (telling: Telling) => {
      if (telling.kind === 'accepted') onAccepted(telling.seq, telling.digest);
      else if (telling.kind === 'event') this.events.push(telling.event);
      else this.#onAnswer(telling);
    });
    this.ended = new Promise((resolve) => {
      // After 'exit' there may still be something to read from standard error.
      this.#child.once('close', (code, signal) => {
        running.delete(this.#child);
        this.exit = { code, signal };
        const how = signal ?? `exit code ${code}`;
        for (const { reject } of this.#asked.values()) reject(new Error(`the process ended: ${how}`));
        this.#asked.clear();
        resolve(this.exit);
      });
    });
  }

  /** Gives an order and waits for its answer. @throws QuorumcastError as the member threw it */
  ask<Name extends OrderName>(name: Name, ask: Orders[Name]['ask']): Promise<Orders[Name]['answer']> {
    if (this.exit !== undefined) return Promise.reject(new Error('the process has ended'));
    this.#lastId += 1;
    const order = { id: this.#lastId, name, ask } as Order;
    return new Promise((resolve, reject) => {
      this.#asked.set(order.id, { resolve: (value) => resolve(value as Orders[Name]['answer']), reject });
      // If it cannot be sent the process is ending, and that rejects.
      this.#child.send(order, () => undefined);
    });
  }

  start(setup: Setup): Promise<Orders['start']['answer']> {
    return this.ask('start', { setup });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** The events of one kind, in order. */
  eventsOf<Kind extends Event['kind']>(kind: Kind): Extract<Event, { readonly kind: Kind }>[] {
    return this.events.filter(
      (event): event is Extract<Event, { readonly kind: Kind }> => event.kind === kind,
    );
  }

  #onAnswer(telling: Extract<Telling, { readonly kind: 'answer' | 'failed' }>): void {
    const asked = this.#asked.get(telling.id);
    this.#asked.delete(telling.id);
    if (telling.kind === 'answer') asked?.resolve(telling.value);
    else asked?.reject(errorOf(telling.error));
  }
}

function errorOf({ code, message, hint }: PlainError): Error {
  return code.startsWith('ERR_')
    ? new QuorumcastError(code as QuorumcastErrorCode, message, { hint })
    : new Error(message);
}
