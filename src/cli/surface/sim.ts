import { Argument, type Command, Option } from 'commander';
import type { Lazily } from '../program.ts';
import { integer } from '../values.ts';
import { json } from './member.ts';

/** The laboratory: whole members in virtual time, with liars, crashes and bugs put in on purpose. */
export function simCommands(program: Command, lazily: Lazily): void {
  const sim = program
    .command('sim')
    .summary('run members in virtual time, with liars, crashes and bugs')
    .description(
      'Runs the very members that a node runs in a deterministic world: a seed decides who lies, what fails and ' +
        'which message arrives next, and gives the same run every time. Exit code 0: all properties hold; ' +
        '1: one is violated; 2: undecided.',
    );
  single(sim, lazily);
  many(sim, lazily);
  explore(sim, lazily);
  sim
    .command('list')
    .summary('name scenarios, strategies, schedules and mutants')
    .description('Names scenarios, strategies, schedules and mutants, each with one line about it.')
    .addArgument(
      new Argument('[kind]', 'what to name; default: everything').choices([
        'scenarios',
        'strategies',
        'schedules',
        'mutants',
      ]),
    )
    .addHelpText('after', json('{"kind","name","summary"} each'))
    .action(lazily(() => import('../sim/commands/list.ts')));
}

function single(sim: Command, lazily: Lazily): void {
  const run = sim
    .command('run')
    .summary('run one seed and judge it')
    .description('Runs one seed and says of every property whether it holds.');
  selection(run)
    .option('-s, --seed <seed>', 'which run; default 1, or the one that a scenario is about', seed)
    .option(
      '--protocol <file>',
      'instead of members: the state machine that this module exports; docs/own-protocols.md',
    )
    .option('--trace <file>', 'write the run to this file, one event a line')
    .option('--explain', 'tell a violation in sentences')
    .addHelpText(
      'after',
      json(
        '{"scenario","mutant","hash","verdicts":[{"property","finding","note","at"}],"quiescent","steps"}',
      ),
    )
    .action(lazily(() => import('../sim/commands/run.ts')));
  sim
    .command('replay')
    .summary('run a recorded run again and compare')
    .description(
      'Runs what a trace of `sim run` or `sim shrink` records again. Exit code 1 if an event differs.',
    )
    .argument('<file>', 'the trace')
    .addHelpText('after', json('{"same","hash","recorded","verdicts","quiescent","steps"}'))
    .action(lazily(() => import('../sim/commands/replay.ts')));
  const shrink = sim
    .command('shrink')
    .summary('make a failing run as short as it gets')
    .description('Leaves out all that a failing run does not need, and tells the rest in sentences.')
    .argument('[file]', 'a trace of `sim run`; default: the seed');
  selection(shrink)
    .option('-s, --seed <seed>', 'which run; default 1, or the one that a scenario is about', seed)
    .option('--trace <file>', 'write the short run to this file')
    .addHelpText('after', json('{"violated","property","before","after","decisions","story"}'))
    .action(lazily(() => import('../sim/commands/shrink.ts')));
  sim
    .command('check')
    .summary('judge recorded traces')
    .description(
      'Judges a trace of the simulator, or together the traces that several nodes of one cluster recorded with ' +
        '`quorumcast run --trace`.',
    )
    .argument('<files...>', 'the traces')
    .option(
      '--faulty <members>',
      'numbers of members known to be faulty, with commas: nothing is promised to them',
    )
    .addHelpText('after', json('{"property","finding","note","at"} each'))
    .action(lazily(() => import('../sim/commands/check.ts')));
}

function many(sim: Command, lazily: Lazily): void {
  const sweep = sim
    .command('sweep')
    .summary('run many seeds on all cores')
    .description(
      'Runs many seeds. The first that fails is made as short as it gets and told in sentences, with the command ' +
        'that runs it again. Ctrl-C tells what was done so far.',
    );
  selection(sweep)
    .option('--seeds <from..to>', 'which runs; default 1..2000')
    .option(
      '--protocol <file>',
      'instead of members: the state machine that this module exports; docs/own-protocols.md',
    )
    .option('-j, --jobs <threads>', 'how many threads; default: one a core', integer(1, 256))
    .option('--keep-going', 'do not stop at the first failure')
    .option('--explain', 'show every decision of the shortened failure too')
    .addHelpText(
      'after',
      json(
        '{"event":"sweep","runs","steps","failed","elapsedMs","interrupted","failures","rare","missed","replay","story"}',
      ),
    )
    .action(lazily(() => import('../sim/commands/sweep.ts')));
}

function explore(sim: Command, lazily: Lazily): void {
  sim
    .command('explore')
    .summary('try everything that can happen in one broadcast')
    .description(
      'Tries every order of messages and everything that liars could say in one instance of broadcast: the code of a ' +
        'node answers each message in each state. A violation is shown with a shortest way to it. Exit code 0: every ' +
        'state was seen and all properties hold; 1: one is violated; 2: stopped by --states-max; 130: by Ctrl-C, with ' +
        'what was seen so far. docs/explorer.md tells what is explored and how.',
    )
    .option('-m, --members <n>', 'how many members; default 4', integer(1, 7))
    .option(
      '-f, --faulty <count>',
      'how many of them lie; default: as many as n members tolerate',
      integer(0, 6),
    )
    .addOption(
      new Option('--form <form>', 'the form of the broadcast').choices(['early', 'classic']).default('early'),
    )
    .addOption(
      new Option('--sender <kind>', 'whether the sender lies; default: it does, if anybody does').choices([
        'correct',
        'faulty',
      ]),
    )
    .option('--values <count>', 'how many payloads there are; default 2', integer(1, 3))
    .addOption(
      new Option('--messages <kinds>', 'votes and payloads, or DONE too')
        .choices(['votes', 'all'])
        .default('votes'),
    )
    .option('--coded', 'send payloads in shards; those of the last payload of a lying sender fit to none')
    .option('--rules <name=count>', 'other thresholds, with commas: echo=3,deliver=2')
    .option('--mutant <name>', 'put this bug in; `quorumcast sim list mutants`')
    .option('--no-symmetry', 'count states that differ in names only')
    .option('--no-dead-variables', 'count states of a member that nobody can tell apart')
    .option('--each-member', 'take each member from its own machine, and not one for all that are no sender')
    .option('--states-max <count>', 'stop at so many states', integer(1, 200_000_000))
    .addHelpText(
      'after',
      json(
        '{"event":"explore","states","transitions","depth","complete","interrupted","machineStates","tableStates",' +
          '"symmetries","elapsedMs","violations":[{"property","path"}]}',
      ),
    )
    .action(lazily(() => import('../sim/commands/explore.ts')));
}

/** The options that say what is run. */
function selection(command: Command): Command {
  return command
    .option('--scenario <name>', 'what kind of runs; `quorumcast sim list scenarios`; default mixed')
    .option('-m, --members <n>', 'how many members; default: drawn by the seed', integer(1, 32))
    .option('-f, --faulty <count>', 'how many of them lie, the last ones; default: drawn', integer(0, 31))
    .option('-a, --adversary <name>', 'how they lie; `quorumcast sim list strategies`')
    .option('--mutant <name>', 'put this bug in; `quorumcast sim list mutants`')
    .option('--schedule <name>', 'which message arrives next; `quorumcast sim list schedules`')
    .addOption(new Option('--form <form>', 'the form of the broadcast').choices(['early', 'classic']))
    .option('--chaos <faults>', 'crashes, disks, cuts, partition, with commas; or none');
}

const seed = integer(0, Number.MAX_SAFE_INTEGER);
