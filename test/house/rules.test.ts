import { describe, expect, test } from 'vitest';
import { brandFindings, brandsOf, languageFindings } from './rules/language.ts';
import { layerFindings } from './rules/layers.ts';
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, lengthFindings } from './rules/lengths.ts';
import { anchors, linkFindings, sections, wordFindings } from './rules/prose.ts';
import { type Finding, parse } from './rules/source.ts';

// A rule that cannot fail is not a rule: each is shown a text it must refuse, and its innocent neighbour.

function layers(path: string, text: string): Finding[] {
  return layerFindings(parse(path, text));
}

function language(path: string, text: string): Finding[] {
  return languageFindings(parse(path, text));
}

describe('a source taken apart', () => {
  test('comments and the insides of literals are blanked, offsets stay', () => {
    const text = ['const a = "x // y"; // any', 'const b = /[/"]any/g.test(a); /* any */ b;'].join('\n');
    const { code, comments } = parse('a.ts', text);
    expect(code).toHaveLength(text.length);
    expect(code).not.toMatch(/any|y"/);
    expect(code).toContain('.test(a);');
    expect(code.trimEnd().endsWith('b;')).toBe(true);
    expect(comments.match(/any/g)).toHaveLength(2);
    expect(comments).not.toContain('const');
  });

  test('the expressions of a template are code, its text is not', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is what the test is about
    const text = 'const t = `any ${f({ x: `any ${deep}` })} any`; const rest = 1;';
    const { code } = parse('a.ts', text);
    expect(code).toHaveLength(text.length);
    expect(code).not.toContain('any');
    expect(code).toContain('f({ x: `');
    expect(code).toContain('deep');
    expect(code).toContain('const rest = 1;');
  });

  test('a division is no regular expression', () => {
    expect(parse('a.ts', 'const x = (a + b) / 2; const any = c[0] / d;').code).toContain('any');
  });
});

describe('layers', () => {
  test.each([
    ['an import to the right', 'src/base/a.ts', "import { x } from '../codec/index.ts';"],
    ['a neighbour in the group', 'src/crypto/a.ts', "import type { X } from '../committee/index.ts';"],
    ['node from simulator', 'src/simulator/a.ts', "import { x } from '../node/index.ts';"],
    ['simulator from node', 'src/node/a.ts', "import { x } from '../simulator/index.ts';"],
    ['past an index', 'src/codec/a.ts', "import { x } from '../base/bytes.ts';"],
    ['past an index, re-exported', 'src/codec/index.ts', "export { x } from '../base/bytes.ts';"],
    ['past an index, as a type', 'src/codec/a.ts', "type X = import('../base/bytes.ts').X;"],
    ['past an index, for its effects', 'src/codec/a.ts', "import '../base/bytes.ts';"],
    ['a folder nobody placed', 'src/elsewhere/a.ts', "import { x } from '../base/index.ts';"],
    ['out of src', 'src/cli/a.ts', "import { x } from '../../test/a.ts';"],
    ['an entry point', 'src/cli/a.ts', "import { createNode } from '../index.ts';"],
    ['no extension', 'src/base/a.ts', "import { x } from './b';"],
    ['an entry point past an index', 'src/index.ts', "export { x } from './node/errors.ts';"],
    ['the shell in an entry point of the core', 'src/protocols.ts', "export { x } from './node/index.ts';"],
    ['node: in the core', 'src/stream/a.ts', "import { x } from 'node:fs';"],
    ['a package in the core', 'src/stream/a.ts', "import { x } from 'pino';"],
  ])('refuses %s', (_, path, text) => {
    expect(layers(path, text)).toHaveLength(1);
  });

  test.each([
    ['src/codec/a.ts', "import type { NodeId } from '../committee/index.ts';\nimport { y } from './b.ts';"],
    ['src/simulator/adversary/a.ts', "import { x } from '../network.ts';"],
    ['src/crypto/a.ts', "import { sha256 } from '@noble/hashes/sha2.js';"],
    ['src/node/a.ts', "import { readFileSync } from 'node:fs';\nimport { pino } from 'pino';"],
    ['src/index.ts', "export { createNode } from './node/index.ts';"],
    ['src/base/a.ts', "// import { x } from '../cli/index.ts'\nconst s = `from '../cli/index.ts'`;"],
  ])('accepts what %s does', (path, text) => {
    expect(layers(path, text)).toEqual([]);
  });

  test('names the line', () => {
    expect(layers('src/base/a.ts', "\n\nimport { x } from '../cli/index.ts';")[0]).toMatch(
      /^src\/base\/a\.ts:3: /,
    );
  });
});

describe('language', () => {
  test.each([
    ['Math.random()'],
    ['new Date()'],
    ['Date.now()'],
    ['new Intl.NumberFormat()'],
    ['n.toLocaleString()'],
    ['performance.now()'],
    ['console.log(1)'],
    ['process.exit(1)'],
    ['process["env"]'],
    ['fetch("x")'],
    ['Buffer.from(x)'],
    ['setTimeout(f, 1)'],
    ['clearInterval(t)'],
    ['setImmediate(f)'],
    ['queueMicrotask(f)'],
    ['async () => 1'],
    ['await x'],
    ['Promise.all(x)'],
  ])('the core does without %s', (expression) => {
    const text = `const x = ${expression};`;
    expect(language('src/stream/a.ts', text)).toHaveLength(1);
    expect(language('src/protocols.ts', text)).toHaveLength(1);
    expect(language('src/node/a.ts', text)).toEqual([]);
    expect(language('test/a.test.ts', text)).toEqual([]);
  });

  test('testing/ may be asynchronous, and nothing else of the sort', () => {
    expect(language('src/testing/a.ts', 'export async function f(): Promise<void> {}')).toEqual([]);
    expect(language('src/testing/a.ts', 'const t = Date.now();')).toHaveLength(1);
  });

  test.each([
    ['let x: any;'],
    ['f(x as any);'],
    ['type X = Map<string, any>;'],
    ['const x: any[] = [];'],
    ['enum Color { red }'],
    ['export const enum Color { red }'],
    ["export * from './a.ts';"],
    ["export * as all from './a.ts';"],
    ["test.only('x', f);"],
    ["describe.skip('x', f);"],
    ["it.todo('x');"],
    ["test.concurrent.skip('x', f);"],
    ['// @ts-ignore\nf();'],
    ['// @ts-expect-error\nf();'],
    ['// biome-ignore lint/style/noVar\nf();'],
  ])('nobody writes %j', (text) => {
    for (const path of ['src/base/a.ts', 'src/cli/a.ts', 'test/a.test.ts']) {
      expect(language(path, text)).toHaveLength(1);
    }
  });

  test.each([
    ['// any enum, console or Date may be spoken of'],
    ["const text = 'any Date';"],
    ['const any = AbortSignal.any([a, b]);'],
    ['v.any().async;'],
    ['this.process(message); map.console;'],
    ['const dateOf = updateDate(x);'],
    ['// @ts-expect-error: the callee is from before the types\nf();'],
    ['// biome-ignore lint/style/noVar: hoisting is the point here\nf();'],
    ["test.skipIf(process.platform === 'win32')('x', f);", 'test/a.test.ts'],
  ])('%j is fine', (text, path = 'src/base/a.ts') => {
    expect(language(path, text)).toEqual([]);
  });
});

describe('brands', () => {
  const brands = brandsOf([
    parse('src/committee/committee.ts', "export type NodeId = Brand<number, 'NodeId'>;"),
    parse('src/crypto/digest.ts', "export type Digest = Brand<Uint8Array, 'Digest'>;"),
  ]);

  test.each([
    '0 as NodeId',
    'x as unknown as Digest',
    'list as readonly NodeId[]',
    'new Uint8Array(32) as Digest',
  ])('refuses %s', (cast) => {
    for (const path of ['src/stream/a.ts', 'test/a.test.ts']) {
      expect(brandFindings(parse(path, `f(${cast});`), brands)).toHaveLength(1);
    }
  });

  test('the folder that checks may cast, and a renamed import is no cast', () => {
    expect(brandFindings(parse('src/crypto/a.ts', 'x as Digest'), brands)).toEqual([]);
    expect(brandFindings(parse('src/crypto/a.ts', 'x as NodeId'), brands)).toHaveLength(1);
    expect(brandFindings(parse('src/stream/a.ts', 'x as NodeIdentity'), brands)).toEqual([]);
  });
});

describe('lengths', () => {
  const body = (lines: number): string => '  work();\n'.repeat(lines);
  const long = body(FUNCTION_LINES_MAX - 1);

  test.each([
    ['a function', `function f(): void {\n${long}}`],
    ['an arrow', `const f = (a: number): Map<string, { b: number }> => {\n${long}};`],
    ['an async arrow', `const f = async () => {\n${long}};`],
    ['a method', `class A {\n  f(x: () => void): { a: number } {\n${long}  }\n}`],
    ['a method with a type of parts', `class A {\n  f(): { a: 1 } | undefined {\n${long}  }\n}`],
    ['a constructor', `class A {\n  constructor(a: number) {\n${long}  }\n}`],
    ['a getter', `class A {\n  get a(): readonly number[] {\n${long}  }\n}`],
    ['a guard', `function f(x: unknown): asserts x is { a: 1 } {\n${long}}`],
    ['a test', `test('x', async () => {\n${long}});`],
    ['long parameters', `function f(\n${'  a: 1,\n'.repeat(FUNCTION_LINES_MAX - 2)}) {\n}`],
  ])('refuses %s over the limit and accepts it at the limit', (_, text) => {
    expect(lengthFindings(parse('a.ts', text))).toHaveLength(1);
    const shorter = text.replace(/ {2}(?:work\(\);|a: 1,)\n/, '');
    expect(lengthFindings(parse('a.ts', shorter))).toEqual([]);
  });

  test.each([
    ['a class', `class A {\n${'  x = 1;\n'.repeat(100)}}`],
    ['an object', `const a = f({\n${'  x: 1,\n'.repeat(100)}});`],
    ['a block', `if (x) {\n${body(100)}}\nfor (const a of b) {\n${body(100)}}`],
    ['a chapter of tests', `describe('x', () => {\n${body(100)}});`],
    ['a chapter for each', `describe.each([1, 2])('x %s', (n) => {\n${body(100)}});`],
  ])('%s is no function', (_, text) => {
    expect(lengthFindings(parse('a.ts', text))).toEqual([]);
  });

  test('braces in literals do not confuse the count', () => {
    const text = `function f() {\n  g('}', /\\}/, \`}\${'{'}\`);\n${long}}`;
    expect(lengthFindings(parse('a.ts', text))).toHaveLength(1);
  });

  test('a file', () => {
    expect(lengthFindings(parse('a.ts', 'f();\n'.repeat(FILE_LINES_MAX)))).toEqual([]);
    expect(lengthFindings(parse('a.ts', 'f();\n'.repeat(FILE_LINES_MAX + 1)))).toHaveLength(1);
  });
});

describe('prose', () => {
  // Halves again: this file is checked too.
  test.each([
    [`// ${'TO' + 'DO'}: later`],
    [`${'FIX' + 'ME'}`],
    [`see iss${'ue'} #12`],
    [`see iss${'ue'} 12`],
    [`cd /wo${'rk'}/main`],
  ])('refuses %j', (line) => {
    expect(wordFindings('a.md', `fine\n${line}`)).toEqual([expect.stringMatching(/^a\.md:2: /)]);
  });

  test('ordinary words pass', () => {
    expect(wordFindings('a.md', 'the issue at hand; https://example.org/work/x; HoneyBadgerBFT #59')).toEqual(
      [],
    );
  });

  const files: Record<string, string> = {
    'README.md': '',
    'docs/a.md': '# Two words\n\n## `code`, and more\n\n<a id="given"></a>\n',
    docs: '',
  };
  const links = (text: string): Finding[] => linkFindings('docs/b.md', text, (path) => files[path]);

  test.each([
    ['[x](missing.md)'],
    ['[x](../docs/missing.md#a)'],
    ['![x](missing.png)'],
    ['[x](a.md#three-words)'],
    ['[x](#nowhere)'],
    ['[x]: missing.md'],
  ])('refuses the link %s', (text) => {
    files['docs/b.md'] = text;
    expect(links(text)).toHaveLength(1);
  });

  test.each([
    ['[x](a.md) [y](a.md#two-words) [z](a.md#code-and-more) [w](a.md#given)'],
    ['[x](../README.md "title") [y](../docs) [z](https://example.org/missing.md)'],
    ['`[x](missing.md)`\n\n```md\n[x](missing.md)\n```\n'],
    ['# Here\n\n[x](#here)'],
  ])('accepts the links %j', (text) => {
    files['docs/b.md'] = text;
    expect(links(text)).toEqual([]);
  });

  test('headings are what GitHub makes of them', () => {
    expect([...anchors('# A b\n## A b\n### ERR_X: *y* (z)\n```\n# no\n```\n')]).toEqual([
      'a-b',
      'a-b-1',
      'err_x-y-z',
    ]);
    expect(sections('## `ERR_X`\n\ntext\n\n## ERR_Y\n').get('ERR_X')?.trim()).toBe('text');
  });
});
