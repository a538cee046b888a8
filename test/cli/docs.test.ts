import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { isText, read, tree } from '../house/rules/tree.ts';

// Commands shown in the documents are commands that exist.

/** A command line as the documents show it. */
interface Shown {
  readonly where: string;
  readonly words: readonly string[];
}

const FENCE = /^```(console|sh|bash|shell)\n([\s\S]*?)^```/gm;
/** Where output is shown too, what is typed has a prompt. */
const WITH_PROMPT = /^\w*\$ (?:npx )?quorumcast((?: .*)?)$/;
const WITHOUT_PROMPT = /^(?:npx )?quorumcast((?: .*)?)$/;
/** What a shell takes for itself. */
const SHELL_ENDS = /\s(?:#|>|2>|\||&).*$/;

function shownIn(path: string): Shown[] {
  const text = read(path) ?? '';
  return [...text.matchAll(FENCE)].flatMap((fence) => {
    const line = text.slice(0, fence.index).split('\n').length;
    const pattern = fence[1] === 'console' ? WITH_PROMPT : WITHOUT_PROMPT;
    return (fence[2] ?? '').split('\n').flatMap((command, index) => {
      const rest = pattern.exec(command.trim())?.[1];
      if (rest === undefined) return [];
      const words = rest.replace(SHELL_ENDS, '').match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
      const plain = words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
      return [{ where: `${path}:${line + index + 1}`, words: plain }];
    });
  });
}

async function complaint({ where, words }: Shown): Promise<string | undefined> {
  const program = buildProgram(() => () => Promise.resolve(), {
    write: () => undefined,
    onError: () => undefined,
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    const [name = ''] = program.args;
    const known = program.commands.some((command) => command.name() === name);
    return name === '' || known ? undefined : `${where}: unknown command "${name}"`;
  } catch (error) {
    if (error instanceof Error && 'exitCode' in error && error.exitCode === 0) return undefined;
    return `${where}: ${error instanceof Error ? error.message : error}`;
  }
}

describe('commands in the documents', () => {
  const documents = tree().filter((path) => isText(path) && path.endsWith('.md'));

  test('every one can be typed as it stands', async () => {
    const shown = documents.flatMap(shownIn);
    expect(shown.length).toBeGreaterThan(10);
    const complaints = await Promise.all(shown.map(complaint));
    expect(complaints.filter((entry) => entry !== undefined)).toEqual([]);
  });

  test('every command named in passing exists', () => {
    const program = buildProgram(() => () => Promise.resolve());
    const names = program.commands.map((command) => command.name());
    const unknown = documents.flatMap((path) => {
      const named = [...(read(path) ?? '').matchAll(/`(?:npx )?quorumcast ([a-z]+)[^`]*`/g)];
      return named.filter(([, name = '']) => !names.includes(name)).map(([whole]) => `${path}: ${whole}`);
    });
    expect(unknown).toEqual([]);
  });
});
