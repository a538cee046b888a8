import { Command, CommanderError } from 'commander';
import { closestMatch } from 'leven';
import type { Cli, CommandModule } from './cli.ts';
import { type CommandError, usage } from './command-error.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit.ts';
import { clientCommands } from './surface/client.ts';
import { memberCommands } from './surface/member.ts';
import { toolCommands } from './surface/tools.ts';
import { type Output, Terminal } from './terminal.ts';

/** The world as the command line sees it. */
export interface World {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Makes the action of a command from the file that holds it. */
export type Lazily = <Options extends object>(
  load: () => Promise<CommandModule<Options>>,
) => (...args: unknown[]) => Promise<void>;

/** Options that every command takes, before or after its name. */
interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
  readonly version?: boolean;
}

/** Runs one command line. `args`: without the program's own name. */
export async function runCli(args: readonly string[], world: World): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  let failing: Command | undefined;
  const program = buildProgram(
    (load) =>
      async (...parameters) => {
        const command = parameters.at(-1);
        if (!(command instanceof Command)) throw new TypeError('an action gets its command last');
        if (command === program && command.args.length > 0)
          throw unknownCommand(program, command.args[0] ?? '');
        const module = await load();
        const cli: Cli = { terminal: terminalOf(program.opts(), world), env: world.env, cwd: world.cwd };
        exit = await module.run(cli, command.args, optionsOf(command, program) as never);
      },
    {
      write: (text) => world.stdout.write(text),
      onError: (command) => {
        failing = command;
      },
    },
  );
  try {
    requireTopic(program, args);
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // A group without a command: its help has been shown.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    const terminal = terminalOf(globalOptions(program, args), world);
    const { code } = terminal.error(
      error instanceof CommanderError ? usageError(error, failing ?? program) : error,
    );
    return exitCodeOf(code);
  }
}

/** Where help goes, and who is told of a command line that makes no sense. */
interface Surroundings {
  readonly write: (text: string) => void;
  readonly onError: (command: Command) => void;
}

/** All commands with their options and help. What an action does is in `commands/`. */
export function buildProgram(lazily: Lazily, surroundings?: Surroundings): Command {
  const program = new Command('quorumcast')
    .description('Byzantine fault-tolerant broadcast among members that do not trust each other.')
    .option('--json', 'one JSON object a line on stdout; errors as JSON on stderr')
    .option('-q, --quiet', 'no remarks, only results and errors')
    .option('--no-color', 'no colours; they are off anyway where output is piped, and with NO_COLOR')
    .option('-V, --version', 'print the version')
    .addHelpText('after', EXIT_HELP)
    .argument('[command]')
    .usage('[options] [command]')
    .action(lazily(() => import('./commands/welcome.ts')));
  memberCommands(program, lazily);
  clientCommands(program, lazily);
  toolCommands(program, lazily);
  program.addHelpCommand(
    new Command('help')
      .argument('[command]')
      .helpOption(false)
      .description('show the help of a command')
      .helpGroup('This program:'),
  );
  program.configureOutput({
    ...(surroundings === undefined ? {} : { writeOut: surroundings.write, writeErr: surroundings.write }),
    outputError: () => undefined,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  settle(program, surroundings);
  return program;
}

const EXIT_HELP = `
Exit codes: 0 ok, 1 failed or violated, 2 unknown (degraded, undecided, deadline passed),
64 the command line makes no sense, 78 a file, a key or a setting is wrong, 130 interrupted.`;

/** An option that a command shares with the group it is in is read by the group, wherever on the line it stands. */
function optionsOf(command: Command, program: Command): object {
  const group = command.parent === program ? undefined : command.parent;
  return { ...group?.opts(), ...command.opts() };
}

/** What holds for a command and all below it. */
function settle(command: Command, surroundings: Surroundings | undefined): void {
  command
    .exitOverride((error) => {
      surroundings?.onError(command);
      throw error;
    })
    .showSuggestionAfterError(true)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: false });
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    settle(child, surroundings);
  }
}

function terminalOf(options: Partial<GlobalOptions>, { stdout, stderr, env }: World): Terminal {
  return new Terminal({
    stdout,
    stderr,
    json: options.json === true,
    quiet: options.quiet === true,
    color: options.color !== false && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
  });
}

/** After an error in the command line, options behind the error have not been seen. */
function globalOptions(program: Command, args: readonly string[]): Partial<GlobalOptions> {
  const beforeOperands = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length);
  return { ...program.opts<GlobalOptions>(), json: beforeOperands.includes('--json') };
}

/** `help frob` would show the help of everything, and not say why. */
function requireTopic(program: Command, args: readonly string[]): void {
  const [first, topic] = args.filter((arg) => !arg.startsWith('-'));
  if (first !== 'help' || topic === undefined || topic === 'help') return;
  if (!program.commands.some((command) => command.name() === topic)) throw unknownCommand(program, topic);
}

function unknownCommand(program: Command, name: string): CommandError {
  const near = closestMatch(
    name,
    program.commands.map((command) => command.name()),
    { maxDistance: 3 },
  );
  return usage(
    `unknown command "${name}"`,
    near === undefined ? '`quorumcast --help` lists all commands' : `did you mean \`quorumcast ${near}\`?`,
  );
}

function usageError(error: CommanderError, command: Command): CommandError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const near = /Did you mean (?:one of )?(.+?)\?/.exec(rest.join(' '))?.[1];
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  const hint =
    near === undefined
      ? `see \`${names.join(' ')} --help\``
      : `did you mean ${near.replaceAll(/([^\s,]+)/g, '`$1`')}?`;
  return usage(first.replaceAll("'", '"'), hint);
}
