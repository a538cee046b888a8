import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from './rules/tree.ts';
import { run, runNode, temporaryFolder, tool, tsc, write } from './workshop.ts';

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports)
  .filter((subpath) => typeof manifest.exports[subpath] === 'object')
  .map((subpath) => `quorumcast${subpath.slice(1)}`);
/** The entry points whose types must not need those of Node. */
const portable = entries.filter((entry) => entry !== 'quorumcast');

let folder = '';
let tarball = '';
/** A project of somebody else, with the packed package installed. */
let consumer = '';

beforeAll(() => {
  folder = temporaryFolder();
  const packed = run(ROOT, 'npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  expect(packed.status, packed.text).toBe(0);
  tarball = join(folder, `quorumcast-${manifest.version}.tgz`);
  consumer = join(folder, 'consumer');
  const modules = join(consumer, 'node_modules');
  for (const [path, bytes] of untar(gunzipSync(readFileSync(tarball)))) {
    write(modules, { [path.replace(/^package\//, 'quorumcast/')]: bytes.toString('utf8') });
  }
  for (const name of [...Object.keys(manifest.dependencies), '@types/node', 'undici-types']) {
    if (!existsSync(join(ROOT, 'node_modules', name))) continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
  }
  write(consumer, { 'package.json': { name: 'consumer', private: true, type: 'module' } });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files of a tar archive: path and content. Long paths come in extended headers. */
function* untar(archive: Buffer): Generator<[string, Buffer]> {
  let longPath: string | undefined;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const field = (from: number, length: number): string =>
      archive.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12), 8);
    const content = archive.subarray(at + 512, at + 512 + size);
    const prefix = field(345, 155);
    const kind = field(156, 1);
    if (kind === 'x') longPath = /\d+ path=([^\n]+)\n/.exec(content.toString('utf8'))?.[1];
    else if (kind === '0' || kind === '') {
      yield [longPath ?? (prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`), content];
      longPath = undefined;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

describe('the packed package', () => {
  test('holds what users need and nothing else', () => {
    const paths = readdirSync(join(consumer, 'node_modules/quorumcast'), {
      recursive: true,
      encoding: 'utf8',
    });
    for (const path of [
      'package.json',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'docs/errors.md',
    ]) {
      expect(paths).toContain(path);
    }
    expect(
      paths.filter((path) => /(?:^|\/)(?:src|test|bench|scripts|api|node_modules)(?:\/|$)/.test(path)),
    ).toEqual([]);
    expect(paths.filter((path) => path.endsWith('.tsbuildinfo'))).toEqual([]);
    for (const program of Object.values(manifest.bin)) {
      const text = readFileSync(join(consumer, 'node_modules/quorumcast', program), 'utf8');
      expect(text.split('\n')[0], program).toBe('#!/usr/bin/env node');
    }
  });

  test('publint finds nothing', () => {
    const { status, text } = runNode(ROOT, [tool('publint', 'src/cli.js'), 'run', tarball, '--strict']);
    expect(text).toContain('All good!');
    expect(status, text).toBe(0);
  });

  test('the types are right for every module resolution that this package supports', () => {
    // Modules only: CommonJS gets them through require(), which the tests below do.
    const attw = tool('@arethetypeswrong/cli', 'dist/index.js');
    const { status, text } = runNode(ROOT, [
      attw,
      tarball,
      '--profile',
      'esm-only',
      '--no-color',
      '--no-emoji',
    ]);
    expect(status, text).toBe(0);
  });
});

describe('a project that installed it', () => {
  test.each(entries)('imports %s in plain Node', (entry) => {
    const program = `import * as all from '${entry}'; console.log(typeof all);`;
    const { status, text } = runNode(consumer, ['--input-type=module', '--eval', program]);
    expect(text).toBe('object\n');
    expect(status).toBe(0);
  });

  test.each(entries)('requires %s from CommonJS', (entry) => {
    const program = `console.log(typeof require('${entry}'));`;
    const { status, text } = runNode(consumer, [
      '--disable-warning=ExperimentalWarning',
      '--input-type=commonjs',
      '--eval',
      program,
    ]);
    expect(text).toBe('object\n');
    expect(status).toBe(0);
  });

  test('cannot reach into its files', () => {
    const program = "await import('quorumcast/dist/base/index.js');";
    const { status, text } = runNode(consumer, ['--input-type=module', '--eval', program]);
    expect(text).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
    expect(status).not.toBe(0);
  });

  test.each([
    { module: 'NodeNext', moduleResolution: 'NodeNext' },
    { module: 'ESNext', moduleResolution: 'Bundler' },
  ])('type-checks strictly with $moduleResolution resolution', (resolution) => {
    const strict = {
      strict: true,
      noEmit: true,
      target: 'ES2023',
      exactOptionalPropertyTypes: true,
      ...resolution,
    };
    const text = (used: readonly string[]): string =>
      used
        .map(
          (entry, i) =>
            `import * as entry${i} from '${entry}';\nexport const used${i}: object = entry${i};\n`,
        )
        .join('');
    write(consumer, {
      'whole.ts': `${text(entries)}
import { QuorumcastError } from 'quorumcast';
export const definite: boolean = new QuorumcastError('ERR_TIMEOUT', 'late', { definite: false }).definite;
// @ts-expect-error: the list of codes is closed
export const unknown = new QuorumcastError('ERR_UNHEARD_OF', 'no');
`,
      'portable.ts': `${text(portable)}
import { Committee, type NodeId } from 'quorumcast/protocols';
export const node: NodeId | undefined = new Committee(4, 1).node(3);
// @ts-expect-error: a number is not a member
export const forged: NodeId = 3;
`,
      'tsconfig.whole.json': {
        compilerOptions: { ...strict, lib: ['ES2023', 'ESNext.Disposable'], types: ['node'] },
        files: ['whole.ts'],
      },
      'tsconfig.portable.json': {
        compilerOptions: { ...strict, lib: ['ES2023'], types: [] },
        files: ['portable.ts'],
      },
    });
    for (const config of ['tsconfig.whole.json', 'tsconfig.portable.json']) {
      const { status, text } = tsc(consumer, ['-p', config]);
      expect(text).toBe('');
      expect(status).toBe(0);
    }
  });
});
