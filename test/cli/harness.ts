import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { runCli } from '../../src/cli/program.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a command did. */
export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as it came. */
  readonly bytes: Buffer;
}

/** How a command is started. */
export interface Start {
  readonly cwd?: string;
  /** Bytes for its stdin; none means an empty one. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What came so far. */
  readonly output: { stdout: string; stderr: string };
  readonly result: Promise<Result>;
}

/** Starts the built command line. Settings of whoever runs the tests do not reach it. */
export function begin(args: readonly string[], { cwd, input, env }: Start = {}): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('QUORUMCAST_') && name !== 'NO_COLOR' && name !== 'FORCE_COLOR',
  );
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: cwd ?? tmpdir(),
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    output.stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString('utf8');
  });
  // A command that does not read its input may end before it was all written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const result = new Promise<Result>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output, bytes: Buffer.concat(chunks) }));
  });
  return { child, pid: child.pid ?? 0, output, result };
}

/** Runs the built command line to its end, as a process. */
export function spawned(args: readonly string[], start: Start = {}): Promise<Result> {
  return begin(args, start).result;
}

/** Runs a command line inside this process: the same, but for stdin and signals, in a tenth of the time. */
export async function quorumcast(
  args: readonly string[],
  { cwd = tmpdir(), env = {} }: Omit<Start, 'input'> = {},
): Promise<Result> {
  const stdout = new Captured();
  const stderr = new Captured();
  const code = await runCli(args, { stdout, stderr, env, cwd });
  return { code, stdout: stdout.text, stderr: stderr.text, bytes: stdout.bytes };
}

/** A stream that is no terminal and keeps what was written. */
class Captured extends Writable {
  readonly #chunks: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}

/** The lines of stdout as JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A folder that is removed when the tests of this file are over. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'quorumcast-cli-'));
  folders.push(dir);
  return dir;
}

/** Resolves once `condition` holds. @throws Error when it does not within the time */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Whether a process lives. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
