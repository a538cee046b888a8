import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './rules/tree.ts';
import { type Finished, folderForTest, runNode, tool, tsc, write } from './workshop.ts';

/** Compiles snippets, each a file of its own, with the options of one of the project's own configurations. */
function compile(config: string, snippets: readonly string[]): Finished {
  const folder = folderForTest();
  write(folder, {
    'package.json': { type: 'module' },
    'tsconfig.json': {
      extends: join(ROOT, config),
      compilerOptions: {
        noEmit: true,
        composite: false,
        rootDir: '.',
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      references: [],
      include: ['*.ts'],
    },
    ...Object.fromEntries(snippets.map((snippet, i) => [`s${i}.ts`, `${snippet}\nexport {};\n`])),
  });
  return tsc(folder, ['-p', '.']);
}

/** The snippets that the compiler complained of. */
function refused(snippets: readonly string[], { text }: Finished): string[] {
  return snippets.filter((_, i) => text.includes(`s${i}.ts(`));
}

const OUTSIDE_THE_CORE = [
  'setTimeout(() => {}, 1);',
  'setInterval(() => {}, 1);',
  'setImmediate(() => {});',
  'queueMicrotask(() => {});',
  'console.log(1);',
  'process.exit(1);',
  "void fetch('http://127.0.0.1');",
  'crypto.getRandomValues(new Uint8Array(1));',
  'performance.now();',
  'Buffer.alloc(1);',
  "new URL('http://127.0.0.1');",
  "import { readFileSync } from 'node:fs';\nreadFileSync('x');",
  "import { connect } from 'node:tls';\nconnect(1);",
];

test('in the core there are no timers, console, process, network, files or clocks', () => {
  expect(refused(OUTSIDE_THE_CORE, compile('tsconfig.core.json', OUTSIDE_THE_CORE))).toEqual(
    OUTSIDE_THE_CORE,
  );
});

test('the same is there in the shell, so that the wall and not the snippet is what refuses', () => {
  const { status, text } = compile('tsconfig.node.json', OUTSIDE_THE_CORE);
  expect(text).toBe('');
  expect(status).toBe(0);
});

test('the core compiles what it needs', () => {
  const { status, text } = compile('tsconfig.core.json', [
    'export const sorted = new Map([[1, new Uint8Array(2)]]).get(1)?.toSorted();',
  ]);
  expect(text).toBe('');
  expect(status).toBe(0);
});

test('types are strict', () => {
  const loose = [
    'export function f(x) { return x; }',
    'export const first: number = [1][0];',
    'export const o: { a?: number } = { a: undefined };',
    'export enum Color { red }',
    'export class A { constructor(readonly x: number) {} }',
    'export namespace N { export const x = 1; }',
    'export function g(x: boolean): number { if (x) return 1; }',
    'const unused = 1;',
    'export class B extends Error { message = "x"; }',
  ];
  expect(refused(loose, compile('tsconfig.core.json', loose))).toEqual(loose);
});

test('the linter refuses a promise that nobody waits for, also one from another file', () => {
  const folder = folderForTest();
  copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
  write(folder, {
    'package.json': { type: 'module' },
    'test/store.ts': 'export class Store {\n  async sync(): Promise<void> {}\n}\n',
    'test/bad.ts':
      "import type { Store } from './store.ts';\n\nexport function f(store: Store): void {\n  store.sync();\n}\n",
    'test/good.ts':
      "import type { Store } from './store.ts';\n\nexport async function g(store: Store): Promise<void> {\n  await store.sync();\n}\n",
  });
  const { status, text } = runNode(folder, [tool('@biomejs/biome', 'bin/biome'), 'lint', '.']);
  expect(status).toBe(1);
  expect(text).toContain('noFloatingPromises');
  expect(text).toContain('test/bad.ts:4');
  expect(text).not.toContain('test/good.ts');
});
