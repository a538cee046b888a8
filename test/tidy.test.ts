import { describe, expect, test } from 'vitest';
import { ERROR_CODES, QuorumcastError } from '../src/node/errors.ts';
import { FAULT_CODES } from '../src/protocol/index.ts';
import { brandFindings, brandsOf, languageFindings } from './house/rules/language.ts';
import { layerFindings } from './house/rules/layers.ts';
import { lengthFindings } from './house/rules/lengths.ts';
import { anchors, linkFindings, sections, wordFindings } from './house/rules/prose.ts';
import { parse } from './house/rules/source.ts';
import { isText, read, tree } from './house/rules/tree.ts';

// The rules of CONTRIBUTING.md, checked on every file. `house/rules.test.ts` shows that each of them can fail.

const files = tree();
const scripts = files.filter((path) => /\.(?:ts|mjs)$/.test(path) && !path.startsWith('api/'));
const sources = scripts.map((path) => parse(path, read(path) ?? ''));
const shipped = sources.filter(({ path }) => path.startsWith('src/'));
const documents = files.filter((path) => path.endsWith('.md'));

describe('code', () => {
  test('imports run one way, through index.ts', () => {
    expect(shipped.length).toBeGreaterThan(20);
    expect(shipped.flatMap(layerFindings)).toEqual([]);
  });

  test('the core is deterministic and synchronous; nobody uses any, enums, export * or silent suppressions', () => {
    expect(sources.flatMap(languageFindings)).toEqual([]);
  });

  test('brands are earned', () => {
    const brands = brandsOf(shipped);
    expect([...brands.keys()]).toEqual(expect.arrayContaining(['NodeId', 'Digest']));
    expect(sources.flatMap((source) => brandFindings(source, brands))).toEqual([]);
  });

  test('files and functions are short', () => {
    expect(sources.flatMap(lengthFindings)).toEqual([]);
  });
});

describe('prose', () => {
  test('no notes for later, no issue numbers, no paths of one machine', () => {
    const texts = files.filter(isText);
    expect(texts).toContain('package.json');
    expect(texts.flatMap((path) => wordFindings(path, read(path) ?? ''))).toEqual([]);
  });

  test('every relative link leads somewhere', () => {
    expect(documents.flatMap((path) => linkFindings(path, read(path) ?? '', read))).toEqual([]);
  });

  test('decisions are numbered from 1 on, each number once, as their headings say', () => {
    const decisions = documents.filter((path) => path.startsWith('docs/adr/0')).sort();
    const numbers = decisions.map((path) => Number(path.slice('docs/adr/'.length, 'docs/adr/0000'.length)));
    expect(numbers).toEqual(decisions.map((_, i) => i + 1));
    for (const [i, path] of decisions.entries()) {
      expect((read(path) ?? '').startsWith(`# ${i + 1}. `), path).toBe(true);
    }
  });

  test('docs/faults.md explains exactly the fault codes', () => {
    expect(explained('docs/faults.md', /^[a-z]+(-[a-z]+)*$/)).toEqual([...FAULT_CODES].sort());
  });

  test('docs/errors.md explains exactly the error codes, where the errors say', () => {
    expect(explained('docs/errors.md', /^ERR_/)).toEqual([...ERROR_CODES].sort());
    const known = anchors(read('docs/errors.md') ?? '');
    for (const code of ERROR_CODES) {
      const [file, anchor = ''] = new QuorumcastError(code, '').docs.split('#');
      expect(file).toBe('errors.md');
      expect(known).toContain(anchor);
    }
  });
});

/** The headings of a document that look like a code and have a text under them. */
function explained(path: string, code: RegExp): string[] {
  return [...sections(read(path) ?? '')]
    .filter(([heading, text]) => code.test(heading) && text.trim() !== '')
    .map(([heading]) => heading)
    .sort();
}
