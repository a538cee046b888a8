import { Argument, type Command, Option } from 'commander';
import type { Lazily } from '../program.ts';
import { duration, integer } from '../values.ts';
import { json } from './member.ts';
import { simCommands } from './sim.ts';

/** Commands to try things out, to find faults, and about this program. */
export function toolCommands(program: Command, lazily: Lazily): void {
  program.commandsGroup('Try and examine:');
  demo(program, lazily);
  dev(program, lazily);
  doctor(program, lazily);
  simCommands(program, lazily);
  config(program, lazily);
  program.commandsGroup('This program:');
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description(
      'Prints a completion script. bash: source <(quorumcast completion bash); zsh: the same with zsh; ' +
        'fish: quorumcast completion fish | source.',
    )
    .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh', 'fish']))
    .action(lazily(() => import('../commands/completion.ts')));
  program
    .command('version')
    .summary('print the version')
    .description('Prints the version of this program, of the wire it speaks, and of Node.')
    .addHelpText('after', json('{"version","wire","node"}'))
    .action(lazily(() => import('../commands/version.ts')));
}

function demo(program: Command, lazily: Lazily): void {
  const command = program
    .command('demo')
    .summary('watch members agree while one of them lies')
    .description(
      'Starts a cluster of processes on this machine, one of them really Byzantine, broadcasts each line of FILE ' +
        'from the correct ones in turn, and judges agreement, totality, validity and integrity from their logs. ' +
        'Exit code 0: they hold; 1: violated; 2: undecided.',
    )
    .argument('[file]', 'lines to broadcast; - is standard input; default: a text that comes along')
    .option('-m, --members <n>', 'how many members; default 4')
    .option('-f, --faulty <f>', 'how many may be Byzantine; default: as many as n >= 3f+1 allows')
    .option(
      '-b, --byzantine <member=kind>',
      'who lies: equivocate, silent or withhold; may be repeated; default: the last member equivocates',
      collect,
    )
    .option('--keep <dir>', 'keep keys, logs and data there')
    .addHelpText('after', json('{"event":"cluster",…}, …, at last {"event":"verdict","agreement":"holds",…}'))
    .action(lazily(() => import('../demo/index.ts')));
  command
    .command('agree')
    .summary('watch members agree on 0 or 1 while some of them lie')
    .description(
      'Starts members in this process, with TLS links and logs on disk, lets the correct ones propose, shows what ' +
        'each said in every phase and which coins it tossed, and judges agreement, validity and termination from ' +
        'their logs. Exit code 0: they hold; 1: violated; 2: undecided.',
    )
    .option('-m, --members <n>', 'how many members; default 4')
    .option(
      '-b, --byzantine <member=kind>',
      'who lies: equivocate, contrary, silent or withhold; may be repeated; default: the last member equivocates',
      collect,
    )
    .option('--propose <bits>', 'what the correct members propose, in order: 0,1,1; default: in turn')
    .addHelpText(
      'after',
      json('{"event":"member",…} each, at last {"event":"verdict","agreement":"holds",…}'),
    )
    .action(lazily(() => import('../demo/agree/index.ts')));
}

function dev(program: Command, lazily: Lazily): void {
  program
    .command('dev')
    .summary('run a whole cluster on this machine')
    .description(
      'Runs all members of a cluster as processes on loopback, with real TLS and real logs, until Ctrl-C. ' +
        'Without --dir everything is in a temporary folder that is removed at the end.',
    )
    .option('-m, --members <n>', 'how many members; default 4, or those of --dir', integer(1, 32))
    .option(
      '-f, --faulty <f>',
      'how many may be Byzantine; default: as many as n >= 3f+1 allows',
      integer(0, 10),
    )
    .option('-p, --port <port>', 'first port for members; default 7400', integer(1, 65_535))
    .option('--http <port>', 'first port for HTTP; default 7480', integer(1, 65_535))
    .option('-d, --dir <dir>', 'keep keys and logs there, and go on with what is there')
    .option('--keep', 'do not remove the temporary folder')
    .option(
      '-b, --byzantine <member=kind>',
      'a member that lies: equivocate, silent or withhold; may be repeated',
      collect,
    )
    .addOption(
      new Option('--log-level <level>', 'of the members; their logs are in the folder').default('info'),
    )
    .addHelpText(
      'after',
      json(
        '{"event":"ready","dir","digest","n","f","quorum","members":[{"name","http","address","pid"}]}, then {"event":"exited","member","code"}',
      ),
    )
    .action(lazily(() => import('../commands/dev.ts')));
}

function doctor(program: Command, lazily: Lazily): void {
  program
    .command('doctor')
    .summary('find out what is wrong with this member, and how to mend it')
    .description(
      'Examines settings, cluster definition, key, data folder, ports and every peer, with cause and remedy ' +
        'for each fault. Works whether the member runs or not. Exit code 0: all well; 2: works, with something ' +
        'to see to; 1: it cannot work.',
    )
    .option('-c, --config <file>', 'config file; default quorumcast.json if it exists')
    .option('--cluster <file>', 'the cluster definition; default cluster.json')
    .option('--identity <file>', 'the key file of this member')
    .option('--coin <file>', 'its share of the common coin, where one was dealt')
    .option('--data-dir <dir>', 'folder of the log; default .quorumcast')
    .option('--listen <host:port>', 'where peers connect')
    .option('--http <host:port>', 'where the HTTP API listens')
    .option('--token-file <file>', 'the token of the HTTP API')
    .option('-t, --timeout <duration>', 'for each peer; default 5s', duration)
    .addHelpText(
      'after',
      json(
        '{"check","subject","level":"ok"|"warn"|"fail","message","hint"} each, then {"event":"verdict",…}',
      ),
    )
    .action(lazily(() => import('../commands/doctor.ts')));
}

function config(program: Command, lazily: Lazily): void {
  const group = program
    .command('config')
    .summary('check, print and describe settings')
    .description(
      'Settings of `quorumcast run`: flags, else QUORUMCAST_* variables, else the config file, else defaults.',
    );
  group
    .command('check')
    .summary('find everything wrong with the settings')
    .description(
      'Reads the settings and the files they name without starting anything, and tells all that is wrong at ' +
        'once, with line and column. Exit code 78 if anything is.',
    )
    .argument('[file]', 'config file; default quorumcast.json')
    .addHelpText('after', json('{"ok":true,"file","warnings":[]}'))
    .action(lazily(() => import('../commands/config-check.ts')));
  group
    .command('print')
    .summary('print the settings in force and where each comes from')
    .description('Prints every setting in force and where it comes from. Shows no secrets: it opens no key.')
    .argument('[file]', 'config file; default quorumcast.json')
    .addHelpText('after', json('{"key","value","origin","env","flag"} each'))
    .action(lazily(() => import('../commands/config-print.ts')));
  group
    .command('schema')
    .summary('print the JSON Schema of the config file')
    .description('Prints the JSON Schema of quorumcast.json, for editors.')
    .action(lazily(() => import('../commands/config-schema.ts')));
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
