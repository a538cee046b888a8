import { type Command, Option } from 'commander';
import type { Lazily } from '../program.ts';
import { bytes, duration, integer } from '../values.ts';
import { json } from './member.ts';
import { reach } from './reach.ts';

export type { ReachOptions } from './reach.ts';

/** Commands that speak to a running node over its HTTP API. */
export function clientCommands(program: Command, lazily: Lazily): void {
  program.commandsGroup('Use a running node:');
  messages(program, lazily);
  agreeing(program, lazily);
  knowledge(program, lazily);
  operation(program, lazily);
}

function messages(program: Command, lazily: Lazily): void {
  const send = program
    .command('send')
    .summary('broadcast a message')
    .description(
      'Broadcasts one message: TEXT, the bytes of a file, or standard input with - (also if it is piped). ' +
        'Accepted means durable at this node; delivered means delivered at this node, and hence in time at ' +
        'every correct member. A deadline that passes says nothing about the message: send again with the same --key.',
    )
    .argument('[text]', 'the message; - reads standard input')
    .option('-F, --file <file>', 'send the bytes of this file')
    .option('-k, --key <key>', 'idempotency key: the same key with the same bytes broadcasts once')
    .addOption(
      new Option('-w, --wait <level>', 'what to wait for')
        .choices(['accepted', 'delivered'])
        .default('delivered'),
    )
    .option('-t, --timeout <duration>', 'how long to wait; default 30s', duration)
    .addHelpText(
      'after',
      json(
        '{"event":"accepted","sender","senderName","seq","digest","bytes","duplicate"}, then {"event":"delivered","sender","senderName","seq","digest","cursor","ms"}',
      ),
    );
  reach(send).action(lazily(() => import('../commands/send.ts')));

  const tail = program
    .command('tail')
    .summary('print what is delivered')
    .description(
      'Prints what this node delivered and goes on as more comes, until Ctrl-C: FIFO per sender, no order ' +
        'between senders. If the node restarts, it resumes where it was.',
    )
    .option('--from <place>', 'start, now, or a cursor; default start, or where --consumer left off')
    .option('-c, --consumer <name>', 'a durable name: what was printed is acknowledged and not printed again')
    .option('-n, --limit <number>', 'end after so many messages', integer(1, 1_000_000_000))
    .option('--no-follow', 'end with the last message that is there')
    .option('--raw', 'only the payloads, as they are, each followed by a line feed')
    .addHelpText(
      'after',
      json(
        '{"sender","senderName","seq","digest","cursor","bytes","base64","text"}; no text if it is not UTF-8',
      ),
    );
  reach(tail).action(lazily(() => import('../commands/tail.ts')));
}

function agreeing(program: Command, lazily: Lazily): void {
  const agree = program
    .command('agree')
    .summary('decide yes or no, or on one value, together with the other members')
    .description(
      'Proposes VALUE in TOPIC and prints what the members decide, the same everywhere. 0 and 1, no and yes, false and ' +
        'true are the question yes or no: what is decided, a correct member proposed. Anything else, or the bytes of ' +
        'a file, is a value of at most 1,024 bytes: what is decided, some member proposed, and if all correct ones ' +
        'propose the same, that. n-f members have to propose. Exit code 0: decided; 2: not in time, which says ' +
        'nothing about the agreement: the proposal stands, and the same command asks again.',
    )
    .argument('<topic>', 'one question for as long as the epoch lasts, at most 128 bytes')
    .argument('[value]', '0 or 1, no or yes, or a text')
    .option('--text', 'VALUE is a text, also if it reads 0, 1, no or yes')
    .option('-F, --file <file>', 'propose the bytes of this file')
    .option('-t, --timeout <duration>', 'how long to wait; default 30s', duration)
    .addHelpText(
      'after',
      json('{"event":"decided","topic","proposed","value" or "base64" and "text","phase","ms"}'),
    );
  reach(agree).action(lazily(() => import('../commands/agree.ts')));

  const agreements = program
    .command('agreements')
    .summary('say what is being agreed on, and what was')
    .description(
      'Lists agreements: those under way, then those settled. With TOPIC it says where that one is: the phase and ' +
        'step, what is waited for, from whom. Exit code with TOPIC: 0 decided; 2 not yet, or nothing is known of it.',
    )
    .argument('[topic]', 'this one only')
    .addHelpText('after', json('one agreement of GET /v1/agreements a line'));
  reach(agreements).action(lazily(() => import('../commands/agreements.ts')));
}

function knowledge(program: Command, lazily: Lazily): void {
  const status = program
    .command('status')
    .summary('say how the node, or the whole cluster, is')
    .description(
      'Says how the node is, who is missing and how many more may fail. Exit code 0: ready; 2: degraded or ' +
        'without quorum; 1: no answer. With --all: of all given nodes; without URLs, of the nodes at the ' +
        'following ports, as `quorumcast dev` and examples have them.',
    )
    .argument('[url...]', 'with --all: the HTTP addresses of the nodes')
    .option('-a, --all', 'a table of several nodes')
    .option('-d, --dir <dir>', 'with --all: the folder of `quorumcast dev`')
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .addHelpText(
      'after',
      json('the answer of GET /v1/status, and with --all {"url",…} or {"url","error"} for each node'),
    );
  reach(status).action(lazily(() => import('../commands/status.ts')));

  const peers = program
    .command('peers')
    .summary('list the other members as the node sees them')
    .description('Lists the other members: connected or why not, since when, round trip, queue.')
    .addHelpText('after', json('one peer of GET /v1/peers a line'));
  reach(peers).action(lazily(() => import('../commands/peers.ts')));

  const trace = program
    .command('trace')
    .summary('say where a message or an agreement is stuck')
    .description(
      'Says what this node knows of a message: which quorum is missing, from whom, since when. Exit code 0: ' +
        'delivered; 2: not yet; 1: nothing is known of it. Of an agreement, by its topic: as `quorumcast agreements TOPIC`.',
    )
    .argument('<what>', 'for example p1#42, quoted, as # begins a comment in some shells; or a topic')
    .addHelpText('after', json('the answer of GET /v1/trace'));
  reach(trace).action(lazily(() => import('../commands/trace.ts')));

  const evidence = program
    .command('evidence')
    .summary('list, export or check what members did that they must not')
    .description(
      'Lists the misdeeds this node saw: suspicion of this node, but for those with proofs, which `export` writes as ' +
        'files and `verify` checks anywhere. docs/evidence.md.',
    )
    .addHelpText('after', json('one entry of GET /v1/evidence a line'));
  reach(evidence).action(lazily(() => import('../commands/evidence.ts')));
  const exported = evidence
    .command('export')
    .summary('write proofs as files')
    .description(
      'Writes each proof that this node holds to a file evidence-MEMBER-INSTANCE.json. Exit code 2 if it holds none.',
    )
    .option('-o, --out <folder>', 'where to; default: here')
    .addHelpText('after', json('{"event","accused","instance","path","written"} each'));
  reach(exported).action(lazily(() => import('../commands/evidence-export.ts')));
  evidence
    .command('verify')
    .summary('check evidence files')
    .description(
      'Checks evidence with nothing but the definition of the cluster; no node is asked. Exit code 0: all of it ' +
        'proves what it says; 1: some of it does not.',
    )
    .argument('<files...>', 'evidence files')
    .option('--cluster <file>', 'the definition of the cluster', 'cluster.json')
    .addHelpText('after', json('{"file","proven","complaint","accused","instance"} each'))
    .action(lazily(() => import('../commands/evidence-verify.ts')));
}

function operation(program: Command, lazily: Lazily): void {
  const drain = program
    .command('drain')
    .summary('finish own broadcasts before a stop')
    .description(
      'The node refuses new broadcasts from now on; waits until the accepted ones are delivered there. Then it ' +
        'is safe to stop it. Exit code 2 if the deadline comes first.',
    )
    .option('-t, --timeout <duration>', 'how long to wait; default 30s', duration)
    .addHelpText('after', json('{"drained","state","pending":{"messages","bytes"}}'));
  reach(drain).action(lazily(() => import('../commands/drain.ts')));

  const bench = program
    .command('bench')
    .summary('measure a running cluster through one of its nodes')
    .description(
      'Broadcasts messages and tells how many a second the node delivered, and how long each took from when it was due. ' +
        'They are real messages: every member delivers and keeps them. Exit code 2 if some were not delivered in 30 s.',
    )
    .option(
      '-r, --rate <number>',
      'messages a second; default: each client sends its next one at once',
      integer(1, 1_000_000),
    )
    .option('-s, --size <bytes>', 'bytes of each message', bytes, 1_024)
    .option('-d, --duration <duration>', 'for how long to begin new ones', duration, 10_000)
    .option('-c, --clients <number>', 'most messages under way', integer(1, 1_000), 16)
    .addHelpText(
      'after',
      json(
        '{"event":"bench","size","clients","rate","seconds","delivered","failed","perSecond","p50Ms","p99Ms","p999Ms","maxMs"}',
      ),
    );
  reach(bench).action(lazily(() => import('../commands/bench.ts')));

  const wait = program
    .command('wait')
    .summary('wait until the node is ready')
    .description(
      'Waits until the node answers and is connected to a quorum. Exit code 2 if the deadline comes first.',
    )
    .option('--ready', 'the default and, for now, the only condition')
    .option('-t, --timeout <duration>', 'how long to wait; default 60s', duration)
    .addHelpText('after', json('{"ready","state","margin","missing":[{"peer","reason","for_s"}]}'));
  reach(wait).action(lazily(() => import('../commands/wait.ts')));
}
