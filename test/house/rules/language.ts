import { isCore } from './layers.ts';
import { type Finding, report, type Source } from './source.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly what: string;
}

const DETERMINISM: readonly Ban[] = [
  { pattern: /\bMath\s*\.\s*random\b/g, what: 'the core takes chance from a seed, not from Math.random' },
  { pattern: /(?<![.\w$])Date\b/g, what: 'the core has no clock: Date' },
  { pattern: /(?<![.\w$])Intl\b|\.toLocale\w+/g, what: 'the core does not depend on the locale' },
  { pattern: /(?<![.\w$])performance\s*\./g, what: 'the core has no clock: performance' },
  { pattern: /(?<![.\w$])console\b/g, what: 'the core has no console' },
  { pattern: /(?<![.\w$])process\s*[.[]/g, what: 'the core has no process' },
  { pattern: /(?<![.\w$])(?:globalThis|fetch\s*\(|Buffer\b)/g, what: 'the core runs anywhere' },
  {
    pattern: /(?<![.\w$])(?:set|clear)(?:Timeout|Interval|Immediate)\b|(?<![.\w$])queueMicrotask\b/g,
    what: 'the core has no timers',
  },
];

const SYNCHRONY: Ban = {
  pattern: /(?<![.\w$])(?:async|await|Promise|PromiseLike)\b/g,
  what: 'the core is synchronous',
};

const EVERYWHERE: readonly Ban[] = [
  { pattern: /(?<![.\w$])any\b(?!\s*[:(=])/g, what: 'the type any' },
  { pattern: /\benum\s+[A-Za-z_$]/g, what: 'an enum: use a union of literals' },
  { pattern: /\bexport\s*\*/g, what: 'export *: name what is exported' },
  {
    pattern: /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:only|skip|todo|fails)\b/g,
    what: 'a test that is switched off, or that switches off others',
  },
];

const SUPPRESSION: Ban = {
  pattern: /(?:@ts-(?:ignore|expect-error|nocheck)|biome-ignore(?:-\w+)?)(?![^\n]*:[ \t]*\S)/g,
  what: 'a silenced check without its reason after a colon',
};

/** What the language offers and this house does without. */
export function languageFindings(source: Source): Finding[] {
  const core = isCore(source.path);
  const bans = [
    ...EVERYWHERE,
    ...(core ? DETERMINISM : []),
    ...(core && !source.path.startsWith('src/testing/') ? [SYNCHRONY] : []),
  ];
  return [
    ...bans.flatMap(({ pattern, what }) => report(source, source.code, pattern, what)),
    ...report(source, source.comments, SUPPRESSION.pattern, SUPPRESSION.what),
  ];
}

/** Each branded type declared in `sources`, with the one folder whose functions may hand it out. */
export function brandsOf(sources: readonly Source[]): Map<string, string> {
  const brands = new Map<string, string>();
  for (const { path, code } of sources) {
    for (const match of code.matchAll(/\btype\s+(\w+)\s*=\s*Brand</g)) {
      brands.set(match[1] ?? '', path.split('/').slice(0, 2).join('/'));
    }
  }
  return brands;
}

/** Casts to a branded type outside the folder that checks it. */
export function brandFindings(source: Source, brands: ReadonlyMap<string, string>): Finding[] {
  return [...brands].flatMap(([name, folder]) => {
    if (source.path.startsWith(`${folder}/`)) return [];
    const cast = new RegExp(`\\bas\\s+(?:unknown\\s+as\\s+)?(?:readonly\\s+)?${name}\\b`, 'g');
    return report(source, source.code, cast, `a ${name} is earned from ${folder}, not cast`);
  });
}
