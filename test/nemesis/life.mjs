// One life of a member: a process on the nemesis's orders, from its start to its end.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @import { Event, OrderName, Orders, Telling } from '../process/orders.ts' */

const SCRIPT = fileURLToPath(new URL('../process/member.mjs', import.meta.url));

/** What a member answers in place of what was asked. */
export class OrderFailed extends Error {
  code;

  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export class Life {
  /** @type {Event[]} */
  events = [];
  stderr = '';
  /** @type {{ code: number | null, signal: string | null } | undefined} */
  exit;
  /** @type {Promise<void>} */
  ended;
  #lastId = 0;
  /** @type {Map<number, { resolve: (value: never) => void, reject: (error: Error) => void }>} */
  #asked = new Map();
  #child;

  /** `onAccepted`: told of every own message that is durable there. @param {(seq: number, digest: string) => void} onAccepted */
  constructor(onAccepted) {
    this.#child = fork(SCRIPT, [], {
      execArgv: ['--unhandled-rejections=strict'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      // Ctrl-C is the nemesis's: members go on until it has judged them.
      detached: true,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      this.stderr += text;
    });
    this.#child.on('message', (/** @type {Telling} */ telling) => {
      if (telling.kind === 'accepted') onAccepted(telling.seq, telling.digest);
      else if (telling.kind === 'event') this.events.push(telling.event);
      else this.#onAnswer(telling);
    });
    const end = () => this.signal('SIGKILL');
    process.once('exit', end);
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        process.removeListener('exit', end);
        this.exit = { code, signal };
        for (const { reject } of this.#asked.values()) reject(new OrderFailed('ENDED', 'the process ended'));
        this.#asked.clear();
        resolve();
      });
    });
  }

  /**
   * @template {OrderName} Name
   * @param {Name} name @param {Orders[Name]['ask']} ask @returns {Promise<Orders[Name]['answer']>}
   */
  ask(name, ask) {
    if (this.exit !== undefined) return Promise.reject(new OrderFailed('ENDED', 'the process has ended'));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#child.send({ id, name, ask }, () => undefined);
    });
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (this.exit === undefined) this.#child.kill(signal);
  }

  async kill() {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** @param {Extract<Telling, { readonly kind: 'answer' | 'failed' }>} telling */
  #onAnswer(telling) {
    const asked = this.#asked.get(telling.id);
    this.#asked.delete(telling.id);
    if (telling.kind === 'answer') asked?.resolve(/** @type {never} */ (telling.value));
    else asked?.reject(new OrderFailed(telling.error.code, telling.error.message));
  }
}
