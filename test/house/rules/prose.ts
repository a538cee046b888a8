import { posix } from 'node:path';
import type { Finding } from './source.ts';

/** Spelled in halves, so that the rule does not find itself. */
const LATER = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'];

const BANNED_WORDS: readonly { pattern: RegExp; what: string }[] = [
  { pattern: new RegExp(`\\b(?:${LATER.join('|')})\\b`), what: 'a note to do something later' },
  { pattern: /\bissues?\s+#?\d/i, what: 'an issue by its number: say what it is about' },
  { pattern: /(?<![\w.:-])\/(?:work|root)\//, what: 'a path that exists on one machine only' },
];

/** Words that say nothing to a reader of the repository. Any text file, code or not. */
export function wordFindings(path: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    return BANNED_WORDS.filter(({ pattern }) => pattern.test(line)).map(
      ({ what }) => `${path}:${index + 1}: ${what}`,
    );
  });
}

/** The headings and explicit anchors of a Markdown text, as a link names them after its `#`. */
export function anchors(markdown: string): Set<string> {
  const prose = withoutFences(markdown);
  const found = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = slugOf(heading);
    let name = slug;
    for (let again = 1; found.has(name); again += 1) name = `${slug}-${again}`;
    found.add(name);
  }
  for (const [, id = ''] of prose.matchAll(/<a (?:id|name)="([^"]+)">/g)) found.add(id);
  return found;
}

/** The headings of a Markdown text with the text up to the next heading, backticks removed from the headings. */
export function sections(markdown: string): Map<string, string> {
  const found = new Map<string, string>();
  let heading = '';
  for (const line of withoutFences(markdown).split('\n')) {
    const match = /^#{1,6}\s+(.+?)\s*#*$/.exec(line);
    if (match === null) found.set(heading, `${found.get(heading) ?? ''}${line}\n`);
    else heading = (match[1] ?? '').replaceAll('`', '');
    if (match !== null) found.set(heading, '');
  }
  return found;
}

/**
 * Relative links that lead nowhere, and links to headings that do not exist.
 * `read` gives the text of a file by its path from the root, '' for a folder, undefined if there is none.
 */
export function linkFindings(
  path: string,
  markdown: string,
  read: (path: string) => string | undefined,
): Finding[] {
  const prose = withoutFences(markdown).replace(/`[^`\n]*`/g, (span) => ' '.repeat(span.length));
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const reference = [...prose.matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?\s*$/gm)];
  return [...inline, ...reference].flatMap((match) => {
    const target = match[1] ?? '';
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const [file = '', anchor = ''] = target.split('#');
    const full = file === '' ? path : posix.join(posix.dirname(path), decodeURI(file));
    const text = read(full);
    const at = `${path}:${prose.slice(0, match.index).split('\n').length}`;
    if (text === undefined) return [`${at}: ${target} does not exist`];
    if (anchor !== '' && full.endsWith('.md') && !anchors(text).has(anchor)) {
      return [`${at}: ${target}: no such heading`];
    }
    return [];
  });
}

function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** Blanks fenced code, keeping the lines. */
function withoutFences(markdown: string): string {
  let fence = '';
  return markdown
    .split('\n')
    .map((line) => {
      const mark = /^\s*(```+|~~~+)/.exec(line)?.[1] ?? '';
      const inside = fence !== '';
      if (!inside && mark !== '') fence = mark;
      else if (inside && mark.startsWith(fence)) fence = '';
      return inside || mark !== '' ? '' : line;
    })
    .join('\n');
}
