import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { freePorts } from '../epochs/kit.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const DEADLINE_MS = 60_000;

/** A delivery, as it comes over HTTP. */
export interface Told {
  readonly senderName: string;
  readonly seq: number;
  readonly text: string;
}

/** Members as `quorumcast run` runs them, and all commands as an operator gives them. */
export class Operators {
  readonly dir = mkdtempSync(join(tmpdir(), 'quorumcast-epochs-'));
  readonly #http = new Map<string, number>();
  readonly #running = new Map<string, ChildProcess>();
  /** By idempotency key: the number that its message was given. */
  readonly accepted = new Map<string, string>();
  #loaded = true;

  constructor() {
    onTestFinished(async () => {
      this.#loaded = false;
      for (const child of this.#running.values()) child.kill('SIGKILL');
      await pause(50);
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  async cli(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: this.dir });
    return stdout;
  }

  /** Starts `quorumcast run`; `cluster`: the file that this operator has. */
  async start(name: string, cluster = 'cluster.json', key = `${name}.key`): Promise<void> {
    const [port = 0] = this.#http.has(name) ? [this.#http.get(name)] : await freePorts(1);
    this.#http.set(name, port);
    const args = ['--cluster', cluster, '--identity', key, '--data-dir', `data-${name}`];
    const log = openSync(join(this.dir, `${name}.log`), 'a');
    const child = spawn(process.execPath, [MAIN, 'run', ...args, '--http', `127.0.0.1:${port}`], {
      cwd: this.dir,
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    this.#running.set(name, child);
  }

  /** Asks it to end, and returns its exit code. */
  async stop(name: string): Promise<number | null> {
    const child = this.#running.get(name);
    if (child === undefined) return null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    return ended;
  }

  async kill(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.#http.get(name)}`;
  }

  /** What the node answers; undefined while it does not. */
  async ask<Value>(name: string, path: string): Promise<Value | undefined> {
    try {
      const response = await fetch(`${this.url(name)}${path}`, { signal: AbortSignal.timeout(5_000) });
      return response.ok ? ((await response.json()) as Value) : undefined;
    } catch {
      return undefined;
    }
  }

  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const began = performance.now();
    while (!(await condition())) {
      if (performance.now() - began > DEADLINE_MS) {
        const views = await Promise.all([...this.#http.keys()].map((name) => this.ask(name, '/v1/status')));
        expect.fail(`not in time: ${what}\n${JSON.stringify(views, undefined, 1)}`);
      }
      await pause(30);
    }
  }

  async epochIs(epoch: number, names: readonly string[]): Promise<void> {
    await this.until(`epoch ${epoch} at ${names.join(', ')}`, async () => {
      const views = await Promise.all(names.map((name) => this.ask<{ epoch: number }>(name, '/v1/epochs')));
      return views.every((view) => view?.epoch === epoch);
    });
  }

  /** Broadcasts through this node until told to stop: with a key, again and again until it is accepted. */
  async load(name: string): Promise<void> {
    for (let k = 0; this.#loaded; ) {
      const key = `${name}/${k}`;
      try {
        const response = await fetch(`${this.url(name)}/v1/broadcasts`, {
          method: 'POST',
          headers: { 'content-type': 'text/plain', 'idempotency-key': key },
          body: key,
          signal: AbortSignal.timeout(20_000),
        });
        if (response.ok) {
          const { seq } = (await response.json()) as { seq: number };
          this.accepted.set(key, `${name}#${seq}`);
          k += 1;
        }
      } catch {
        // It is down, or was killed before it answered: the same again.
      }
      await pause(5);
    }
  }

  rest(): void {
    this.#loaded = false;
  }

  async deliveries(name: string): Promise<readonly Told[]> {
    const all: Told[] = [];
    for (let after = 'start'; ; ) {
      const response = await fetch(`${this.url(name)}/v1/deliveries?from=${after}&limit=1000`);
      const lines = (await response.text())
        .trim()
        .split('\n')
        .filter((line) => line !== '');
      for (const line of lines) all.push(JSON.parse(line));
      const last = lines.at(-1);
      if (last === undefined) return all;
      after = (JSON.parse(last) as { cursor: string }).cursor;
    }
  }
}
