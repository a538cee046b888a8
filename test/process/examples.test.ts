import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeClusterFolder } from '../../src/cli/cluster-folder.ts';
import { freeRow } from '../../src/cli/ports.ts';
import { temporaryFolder, until } from '../cli/harness.ts';
import { ROOT } from '../house/rules/tree.ts';

// Inside the repository, so that `import 'quorumcast'` finds the package that is being tested.
mkdirSync(join(ROOT, '.quorumcast'), { recursive: true });
const out = mkdtempSync(join(ROOT, '.quorumcast', 'examples-'));
const NAMES = ['hello', 'ledger', 'testing'];

beforeAll(() => {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(typescript, 'bin', 'tsc'),
      ...['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'],
      ...['--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node'],
      ...['--module', 'nodenext', '--moduleResolution', 'nodenext', '--skipLibCheck'],
      ...['--rootDir', 'examples', '--outDir', out, '--ignoreConfig'],
      ...NAMES.map((name) => join('examples', `${name}.ts`)),
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

afterAll(() => {
  rmSync(out, { recursive: true, force: true });
  const parent = dirname(out);
  if (readdirSync(parent).length === 0) rmdirSync(parent);
});

test('each is short', () => {
  for (const name of NAMES) {
    const lines = readFileSync(join(ROOT, 'examples', `${name}.ts`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length, name).toBeLessThanOrEqual(28);
  }
});

test('hello: all four deliver', async () => {
  const port = await freeRow(25_000, 4);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(out, 'hello.js'), String(port)], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  expect(stdout).toBe(
    ['anna', 'ben', 'cleo', 'dan'].map((name) => `${name} delivers anna#1: hello\n`).join(''),
  );
  expect(status).toBe(0);
});

test('testing: its tests pass', () => {
  const { status, stdout } = spawnSync(process.execPath, ['--test', join(out, 'testing.js')], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stdout).toMatch(/pass 2/);
  expect(status).toBe(0);
});

test('ledger: sees each trade once, also after a new start', async () => {
  const dir = temporaryFolder();
  const { clusterFile, members } = await makeClusterFolder(dir, { members: 1 });
  const all: string[] = [];
  for (const id of ['trade-17', 'trade-18']) {
    const args = [clusterFile, members[0]?.keyFile ?? '', join(dir, 'data'), id];
    const ledger = spawn(process.execPath, [join(out, 'ledger.js'), ...args]);
    const closed = new Promise((resolve) => ledger.once('close', resolve));
    let shown = '';
    for (const stream of [ledger.stdout, ledger.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        shown += chunk.toString('utf8');
      });
    }
    await until(id, () => shown.includes('\n'));
    ledger.kill('SIGINT');
    expect(await closed).toBe(0);
    all.push(shown);
  }
  expect(all).toEqual(["p0#1 { id: 'trade-17', amount: 5 }\n", "p0#2 { id: 'trade-18', amount: 5 }\n"]);
});
