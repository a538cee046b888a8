import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ROOT } from './rules/tree.ts';

/** What a finished program said. */
export interface Finished {
  readonly status: number | null;
  /** Standard output, then standard error. */
  readonly text: string;
}

/** An empty folder that is gone after the test, or, called outside a test, when the caller removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'quorumcast-house-'));
}

/** An empty folder that is gone after the running test. */
export function folderForTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their path under `folder`; objects as JSON. */
export function write(folder: string, files: Readonly<Record<string, string | object>>): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Runs a program to its end, in `folder`, without colours and without input. */
export function run(folder: string, command: string, args: readonly string[]): Finished {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, text: `${stdout}${stderr}` };
}

/** Runs JavaScript of the repository's own tools with this test's Node. */
export function runNode(folder: string, args: readonly string[]): Finished {
  return run(folder, process.execPath, args);
}

/** The path of a tool's program inside its installed package. */
export function tool(name: string, path: string): string {
  const require = createRequire(join(ROOT, 'package.json'));
  for (const folder of require.resolve.paths(name) ?? []) {
    const manifest = join(folder, name, 'package.json');
    try {
      require.resolve(manifest);
      return join(folder, name, path);
    } catch {}
  }
  throw new Error(`${name} is not installed`);
}

/** Runs the TypeScript compiler. */
export function tsc(folder: string, args: readonly string[]): Finished {
  return runNode(folder, [tool('typescript', 'bin/tsc'), '--pretty', 'false', ...args]);
}
