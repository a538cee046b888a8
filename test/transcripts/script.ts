/** One step of a transcript: a command, and what it printed when somebody last looked. */
export interface Step {
  /** Comment lines above the command, with their marks. */
  readonly comments: readonly string[];
  readonly command: string;
  readonly expected: string;
  /** Line of the command, from 1. */
  readonly line: number;
}

const RULE = '----';

/** The steps of a transcript. Blocks are separated by empty lines; a block without a command is prose. */
export function parseScript(text: string): Step[] {
  let line = 1;
  return text.split('\n\n').map((raw) => {
    const lines = raw.replace(/^\n+|\n+$/g, '').split('\n');
    const first = lines.findIndex((each) => !each.startsWith('#'));
    const comments = first === -1 ? lines : lines.slice(0, first);
    const rest = first === -1 ? [] : lines.slice(first);
    const [command = '', rule, ...output] = rest;
    if (command !== '' && rule !== RULE)
      throw new Error(`line ${line}: "${RULE}" has to follow "${command}"`);
    const step = { comments, command, expected: output.join('\n'), line: line + comments.length };
    line += raw.split('\n').length + 1;
    return step;
  });
}

/** The text of a transcript with these outputs. */
export function printScript(steps: readonly (Step & { readonly actual: string })[]): string {
  const blocks = steps.map(({ comments, command, actual }) =>
    [...comments, ...(command === '' ? [] : [command, RULE, actual])].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

/** The members in "(0,1)", "2" or "" (all of `all`). */
export function parseMembers(text: string, all: readonly number[]): readonly number[] {
  if (text === '') return all;
  return text
    .replace(/[()]/g, '')
    .split(',')
    .map((part) => Number(part));
}

/** "key=value" words among `words`, as numbers or bare text. */
export function parseOptions(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.flatMap((word) => {
      const at = word.indexOf('=');
      return at === -1 ? [] : [[word.slice(0, at), word.slice(at + 1)] as const];
    }),
  );
}
