/** Something a rule does not like: where and what, ready to print. */
export type Finding = string;

/** A source text taken apart, so that rules about code cannot stumble over prose and the reverse. */
export interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** `text` with the insides of comments, strings, templates and regular expressions blanked: same offsets. */
  readonly code: string;
  /** `text` with everything but the comments blanked: same offsets. */
  readonly comments: string;
}

/** Takes a text apart. Good enough for formatted code; a `/` after `)` or `}` is read as a division. */
export function parse(path: string, text: string): Source {
  const code: string[] = [];
  const comments: string[] = [];
  const take = (from: number, to: number, kind: 'code' | 'comment' | 'literal'): void => {
    const part = text.slice(from, to);
    const quoted = part.length < 2 ? part : `${part[0]}${blank(part.slice(1, -1))}${part.at(-1)}`;
    code.push(kind === 'code' ? part : kind === 'literal' ? quoted : blank(part));
    comments.push(kind === 'comment' ? part : blank(part));
  };
  let at = 0;
  let depth = 0;
  const templates: number[] = [];
  while (at < text.length) {
    const start = at;
    const char = text[at];
    const two = text.slice(at, at + 2);
    if (two === '//' || two === '/*') {
      at = two === '//' ? endAt(text, '\n', at) : endAt(text, '*/', at + 2) + 2;
      take(start, at, 'comment');
    } else if (char === '`' || (char === '}' && templates.at(-1) === depth)) {
      at = literalEnd(text, at + 1, '`');
      const opens = text[at - 1] === '{';
      if (char === '`' && opens) templates.push(depth);
      if (char === '}' && !opens) templates.pop();
      // The braces around a template's expression vanish together, the backticks stay.
      const shown = `${char === '`' ? char : ' '}${blank(text.slice(start + 1, at - 1))}${opens ? ' ' : '`'}`;
      code.push(shown);
      comments.push(blank(text.slice(start, at)));
    } else if (char === "'" || char === '"' || (char === '/' && regexMayStart(code.join('').slice(-40)))) {
      at = literalEnd(text, at + 1, char);
      take(start, at, 'literal');
    } else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      at += 1;
      take(start, at, 'code');
    }
  }
  return { path, text, code: code.join(''), comments: comments.join('') };
}

/** The line number of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** One finding for each match of `pattern` (global) in `haystack`, which is a part of `source` at offset 0. */
export function report(source: Source, haystack: string, pattern: RegExp, what: string): Finding[] {
  return [...haystack.matchAll(pattern)].map(
    (match) => `${source.path}:${lineOf(source.text, match.index)}: ${what}`,
  );
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function endAt(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found;
}

/** The offset after the literal's closing `quote`, or after the `${` that interrupts a template. */
function literalEnd(text: string, from: number, quote: string): number {
  let inClass = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (quote === '/' && char === '[') inClass = true;
    else if (quote === '/' && char === ']') inClass = false;
    else if (char === quote && !inClass) return at + 1;
    else if (quote === '`' && char === '$' && text[at + 1] === '{') return at + 2;
  }
  return text.length;
}

function regexMayStart(before: string): boolean {
  const trimmed = before.trimEnd();
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|yield|await|do|else|throw)$/.test(trimmed)) return true;
  return !/[\w$)\]}'"`]$/.test(trimmed);
}
