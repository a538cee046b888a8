import { type Finding, lineOf, type Source } from './source.ts';

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

/** Files and functions over their limits. `describe` blocks are chapters, not functions, and do not count. */
export function lengthFindings(source: Source): Finding[] {
  const lines = source.text.trimEnd().split('\n').length;
  const whole =
    lines > FILE_LINES_MAX ? [`${source.path}:1: ${lines} lines; a file has at most ${FILE_LINES_MAX}`] : [];
  const long = functions(source.code)
    .filter(({ from, to }) => to - from + 1 > FUNCTION_LINES_MAX)
    .map(({ from, to }) => {
      return `${source.path}:${from}: ${to - from + 1} lines; a function has at most ${FUNCTION_LINES_MAX}`;
    });
  return [...whole, ...long];
}

const NO_FUNCTION_BEFORE = /(?:^|[^\w$.])(?:if|for|while|switch|catch|with|await)\s*$/;
const CHAPTER = /\bdescribe(?:\.\w+)*\s*(?:\([^()]*\)\s*)?\(\s*(['"`])\s*\1\s*,\s*(?:async\s*)?$/;

/**
 * The first and last line of every function with a body: a parameter list, then perhaps a return type or an
 * arrow, then a brace. `code` has its literals and comments blanked. Looks at shapes, not at grammar.
 */
function functions(code: string): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let open = code.indexOf('('); open !== -1; open = code.indexOf('(', open + 1)) {
    const before = code.slice(Math.max(0, open - 300), open);
    if (NO_FUNCTION_BEFORE.test(before) || CHAPTER.test(before)) continue;
    const body = bodyAfter(code, closing(code, open) + 1);
    if (body === undefined) continue;
    found.push({ from: lineOf(code, open), to: lineOf(code, closing(code, body)) });
  }
  return found;
}

/** The offset of the brace that opens the body of a function whose parameters end just before `at`. */
function bodyAfter(code: string, at: number): number | undefined {
  const next = skipSpace(code, at);
  if (code[next] === '{') return next;
  if (code.startsWith('=>', next)) return braceAt(code, next + 2);
  return code[next] === ':' ? bodyAfterType(code, next + 1) : undefined;
}

function bodyAfterType(code: string, from: number): number | undefined {
  let angles = 0;
  // A brace right after one of these opens an object type, after anything else the body.
  let expectsType = true;
  for (let at = skipSpace(code, from); at < code.length; at = skipSpace(code, at + 1)) {
    const char = code[at] ?? '';
    if (code.startsWith('=>', at)) {
      if (angles === 0) return braceAt(code, at + 2);
      at += 1;
      expectsType = true;
      continue;
    }
    if (char === '{' && !expectsType) return at;
    if (char === '{' || char === '(' || char === '[') {
      at = closing(code, at);
      expectsType = false;
      continue;
    }
    if (char === '<') angles += 1;
    if (char === '>') angles -= 1;
    if (';=)]}'.includes(char) || (char === ',' && angles === 0)) return undefined;
    expectsType = '<|&,:?'.includes(char) || /\b(?:is|extends)$/.test(code.slice(at - 8, at + 1));
  }
  return undefined;
}

function braceAt(code: string, from: number): number | undefined {
  const at = skipSpace(code, from);
  return code[at] === '{' ? at : undefined;
}

function skipSpace(code: string, from: number): number {
  let at = from;
  while (at < code.length && /\s/.test(code[at] ?? '')) at += 1;
  return at;
}

/** The offset of the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  const opener = code[open] ?? '';
  const closer = opener === '(' ? ')' : opener === '[' ? ']' : '}';
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    if (code[at] === opener) depth += 1;
    if (code[at] === closer) depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}
