import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeClusterFolder } from '../../src/cli/cluster-folder.ts';
import { ClusterProcesses } from '../../src/cli/cluster-processes.ts';
import { ROOT } from '../house/rules/tree.ts';

/** Every `ts` block of the documents that imports the package is a whole program, run where it finds a cluster. */
const DOCUMENTS = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name))].filter(
  (path) => path.endsWith('.md'),
);
const samples = DOCUMENTS.flatMap((path) =>
  Array.from(
    readFileSync(join(ROOT, path), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g),
    ([, code = '']) => code,
  )
    .filter((code) => /from 'quorumcast/.test(code))
    .map((code, index) => ({
      name: `${path} ${index + 1}`,
      file: `${path.replace(/\W/g, '-')}-${index + 1}.ts`,
      code,
    })),
);

// Inside the repository, so that `import 'quorumcast'` finds the package that is being tested.
mkdirSync(join(ROOT, '.quorumcast'), { recursive: true });
const folder = mkdtempSync(join(ROOT, '.quorumcast', 'samples-'));
let cluster: ClusterProcesses | undefined;

beforeAll(async () => {
  for (const { file, code } of samples) writeFileSync(join(folder, file), code);
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(typescript, 'bin', 'tsc'),
      ...['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'],
      ...['--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node'],
      ...['--module', 'nodenext', '--moduleResolution', 'nodenext', '--skipLibCheck', '--ignoreConfig'],
      ...samples.map(({ file }) => join(folder, file)),
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

afterAll(async () => {
  await cluster?.stopAll();
  rmSync(folder, { recursive: true, force: true });
  const parent = dirname(folder);
  if (readdirSync(parent).length === 0) rmdirSync(parent);
});

test('there are samples, in the README too', () => {
  expect(samples.length).toBeGreaterThan(6);
  expect(samples.some(({ name }) => name.startsWith('README.md'))).toBe(true);
});

test.each(samples)('$name runs', async ({ file }) => {
  // A sample takes the place of p3: with its key, and its log, which the others know already.
  const dir = join(folder, file.replace(/\.ts$/, ''));
  const made = await makeClusterFolder(dir, { members: 4 });
  cluster = await ClusterProcesses.start(made);
  await cluster.ready();
  await cluster.stop('p3');
  const { keyFile = '', dataDir = '' } = made.members[3] ?? {};
  writeFileSync(join(dir, 'acme.key'), readFileSync(keyFile), { mode: 0o600 });
  symlinkSync(dataDir, join(dir, '.quorumcast'));
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(folder, file.replace(/\.ts$/, '.js'))],
    {
      cwd: dir,
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  if (/console\.log/.test(readFileSync(join(folder, file), 'utf8'))) expect(stdout).not.toBe('');
  await cluster.stopAll();
});
