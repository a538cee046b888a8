import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { buildProgram } from '../program.ts';

/** Prints a completion script, made from the same definitions as the help. */
export async function run({ terminal }: Cli, args: readonly string[]): Promise<ExitCode> {
  const nodes = flatten(
    buildProgram(() => () => Promise.resolve()),
    [],
  );
  const scripts = { bash, zsh, fish } as const;
  const shell = args[0] === 'zsh' || args[0] === 'fish' ? args[0] : 'bash';
  terminal.raw(scripts[shell](nodes));
  return EXIT.ok;
}

/** A command as completion sees it. */
interface Node {
  /** Names from the program on; the program's own is the empty list. */
  readonly path: readonly string[];
  readonly options: readonly { readonly flags: readonly string[]; readonly description: string }[];
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

function flatten(command: Command, path: readonly string[]): readonly Node[] {
  const visible = command.options.filter(({ hidden }) => !hidden);
  const options = visible.map(({ short, long, description }) => ({
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
  }));
  const subcommands = command.commands.map((child) => ({ word: child.name(), description: child.summary() }));
  const choices = command.registeredArguments.flatMap(({ argChoices }) =>
    (argChoices ?? []).map((word) => ({ word, description: '' })),
  );
  const own: Node = { path, options, words: [...subcommands, ...choices] };
  return [own, ...command.commands.flatMap((child) => flatten(child, [...path, child.name()]))];
}

/** What may follow a command: its own words and options, and those that every command takes. */
function candidates(node: Node, nodes: readonly Node[]): readonly string[] {
  const global = nodes[0]?.options ?? [];
  const flags = [...node.options, ...(node.path.length === 0 ? [] : global)].flatMap(
    (option) => option.flags,
  );
  return [...node.words.map(({ word }) => word), ...flags, '--help'];
}

function cases(nodes: readonly Node[]): string {
  return nodes
    .filter(({ path }) => path.length > 0)
    .map((node) => `    '${node.path.join(' ')}') words='${candidates(node, nodes).join(' ')}' ;;`)
    .join('\n');
}

function groups(nodes: readonly Node[]): string {
  const withChildren = nodes.filter(({ path }) =>
    nodes.some((other) => other.path.length === 2 && other.path[0] === path[0]),
  );
  return [...new Set(withChildren.map(({ path }) => path[0] ?? ''))].filter((name) => name !== '').join('|');
}

function bash(nodes: readonly Node[]): string {
  const [root] = nodes;
  return `# bash completion for quorumcast: source <(quorumcast completion bash)
_quorumcast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      -*) continue ;;
    esac
    case "$path" in
      '') path="$word" ;;
      ${groups(nodes)}) path="$path $word" ;;
    esac
  done
  case "$path" in
    '') words='${root === undefined ? '' : candidates(root, nodes).join(' ')}' ;;
${cases(nodes)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _quorumcast quorumcast
`;
}

function zsh(nodes: readonly Node[]): string {
  const [root] = nodes;
  return `#compdef quorumcast
# zsh completion for quorumcast: source <(quorumcast completion zsh)
_quorumcast() {
  local word at='' list=''
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in
      -*) continue ;;
    esac
    case "$at" in
      '') at="$word" ;;
      ${groups(nodes)}) at="$at $word" ;;
    esac
  done
  case "$at" in
    '') list='${root === undefined ? '' : candidates(root, nodes).join(' ')}' ;;
${cases(nodes).replaceAll(') words=', ') list=')}
  esac
  compadd -- \${(z)list}
  _files
}
compdef _quorumcast quorumcast
`;
}

function fish(nodes: readonly Node[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
  const lines = nodes.flatMap(({ path, options, words }) => {
    const [first, second] = path;
    const seen = (name: string): string => `__fish_seen_subcommand_from ${name}`;
    const children = words.map(({ word }) => word).join(' ');
    const condition =
      first === undefined
        ? ''
        : second !== undefined
          ? `-n '${seen(first)}; and ${seen(second)}'`
          : children === ''
            ? `-n '${seen(first)}'`
            : `-n '${seen(first)}; and not ${seen(children)}'`;
    const wordsCondition = first === undefined ? '-n __fish_use_subcommand' : condition;
    return [
      ...words.map(({ word, description }) => `${wordsCondition} -a ${word} -d ${quoted(description)}`),
      ...options.map(({ flags, description }) => {
        const names = flags.map((flag) =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        return `${condition} ${names.join(' ')} -d ${quoted(description)}`;
      }),
    ];
  });
  const head = '# fish completion for quorumcast: quorumcast completion fish | source';
  return `${head}\n${lines.map((line) => `complete -c quorumcast ${line}`.replaceAll('  ', ' ')).join('\n')}\n`;
}
