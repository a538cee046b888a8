import { type Command, Option } from 'commander';
import type { Lazily } from '../program.ts';
import { bytes, duration, integer } from '../values.ts';
import { reach } from './reach.ts';

/** Commands to become a member and to be one. */
export function memberCommands(program: Command, lazily: Lazily): void {
  program.commandsGroup('Be a member:');
  keygen(program, lazily);
  cluster(program, lazily);
  run(program, lazily);
}

function keygen(program: Command, lazily: Lazily): void {
  program
    .command('keygen')
    .summary('make a key and the card to send to others')
    .description(
      'Makes NAME.key, which is secret, and NAME.card.json, which is public: send the card to whoever makes ' +
        'the cluster. Never overwrites.',
    )
    .argument('<name>', '1 to 32 of a-z, 0-9 and "-"')
    .requiredOption(
      '-a, --address <host:port>',
      'where other members reach this one; may be repeated, at most 8',
      collect,
    )
    .option('-o, --out <dir>', 'folder to write to', '.')
    .addHelpText('after', json('{"event":"created","name","key","card","publicKey","addresses":[]}'))
    .action(lazily(() => import('../commands/keygen.ts')));
}

function cluster(program: Command, lazily: Lazily): void {
  const group = program
    .command('cluster')
    .summary('make, sign and compare the cluster definition')
    .description(
      'The cluster definition names the members, their keys and addresses, and f. Every member signs it; its ' +
        'digest is what people compare by telephone.',
    );
  clusterInit(group, lazily);
  clusterNext(group, lazily);
  clusterDeal(group, lazily);
  group
    .command('show')
    .summary('print members, thresholds, digest, signatures')
    .description('Prints the members, the thresholds with their arithmetic, the digest and who signed.')
    .argument('[file]', 'the cluster definition', 'cluster.json')
    .addHelpText('after', json(CLUSTER_SHAPE))
    .action(lazily(() => import('../commands/cluster-show.ts')));
  clusterSign(group, lazily);
  clusterSwitch(group, lazily);
  group
    .command('merge')
    .summary('join signatures made on copies of one file')
    .description(
      'Joins the signatures of copies of one definition. Copies that differ in anything else are refused, with ' +
        'member and field. Signatures that are not valid are left out.',
    )
    .argument('<files...>', 'copies of the cluster definition')
    .option('-o, --out <file>', 'write there instead of to stdout; may be one of the copies')
    .addHelpText(
      'after',
      json(`with --out {"event":"merged","file",…${CLUSTER_SHAPE.slice(1)}; else the definition`),
    )
    .action(lazily(() => import('../commands/cluster-merge.ts')));
  group
    .command('verify')
    .summary('judge form, digest and signatures')
    .description(
      'Judges form, digest and signatures. Exit code 0: complete and valid; 1: a signature is not valid; 2: ' +
        'signatures are missing; 78: no usable definition, or another digest.',
    )
    .argument('[file]', 'the cluster definition', 'cluster.json')
    .option('--digest <digest>', 'the digest it must have')
    .option('--previous <file>', 'the definition that it has to follow, whose members have to approve it')
    .addHelpText('after', json(`{"verdict":"ok"|"incomplete"|"invalid",…${CLUSTER_SHAPE.slice(1)}`))
    .action(lazily(() => import('../commands/cluster-verify.ts')));
  group
    .command('diff')
    .summary('say where two definitions differ')
    .description('Says where two definitions differ, by member and field. Exit code 0: same; 1: they differ.')
    .argument('<a>', 'a cluster definition')
    .argument('<b>', 'another one')
    .addHelpText('after', json('{"same":true|false,"digests":["…","…"],"differences":[]}'))
    .action(lazily(() => import('../commands/cluster-diff.ts')));
}

function clusterInit(group: Command, lazily: Lazily): void {
  group
    .command('init')
    .summary('make a definition from the cards of the members')
    .description(
      'Makes an unsigned definition from cards. Members are ordered by name: whoever makes it from the same ' +
        'cards and options gets the same digest.',
    )
    .argument('<cards...>', 'the *.card.json of every member')
    .requiredOption('-n, --name <name>', 'what the cluster is called: 1 to 32 of a-z, 0-9 and "-"')
    .option(
      '-f, --faulty <f>',
      'how many members may be Byzantine; default: as many as n >= 3f+1 allows',
      integer(0, 255),
    )
    .option('--epoch <number>', 'default 1', integer(1, 0xffff_ffff))
    .addOption(
      new Option('--broadcast <form>', 'early: two message delays; classic: as in 1987, three').choices([
        'early',
        'classic',
      ]),
    )
    .option('--payload-bytes <size>', 'longest message; default 1MiB, at most 64MiB', bytes)
    .option('--window <instances>', 'instances per sender held at once; default 256', integer(4, 65_536))
    .option('--bytes-per-sender <size>', 'payload bytes per sender held at once; default 16MiB', bytes)
    .option('--messages-per-instance <number>', 'default 4096', integer(1, 65_535))
    .option('-o, --out <file>', 'write there instead of to stdout')
    .addHelpText(
      'after',
      json(`with --out {"event":"created","file",…${CLUSTER_SHAPE.slice(1)}; else the definition`),
    )
    .action(lazily(() => import('../commands/cluster-init.ts')));
}

function clusterDeal(group: Command, lazily: Lazily): void {
  group
    .command('deal')
    .summary('deal a common coin, for quicker agreements')
    .description(
      'Deals a common coin to the members, before they sign: its public keys become part of the definition, and each ' +
        'member gets a file NAME.coin, mode 0600, to be handed to it in secret. Whoever deals knows every coin, and has ' +
        'to be trusted with that. Agreements then take 4 rounds in the mean at worst, and values are for any number ' +
        'of members.',
    )
    .argument('[file]', 'the unsigned definition; default cluster.json')
    .option('-o, --out <dir>', 'where the shares go', 'coins')
    .addHelpText('after', json('{"event":"dealt","file","shares":[{"member","file"}],…}'))
    .action(lazily(() => import('../commands/cluster-deal.ts')));
}

function clusterNext(group: Command, lazily: Lazily): void {
  group
    .command('next')
    .summary('propose the definition of the next epoch')
    .description(
      'Proposes the definition that is to follow the present one while the cluster runs: members join, leave, get ' +
        'new keys or addresses. What is not named stays. Members of both epochs sign the file with `cluster sign`.',
    )
    .argument('[cards...]', 'cards of members that join, or that come with another key or address')
    .option('--cluster <file>', 'the present definition', 'cluster.json')
    .option('--without <name>', 'a member that leaves; may be repeated', collect)
    .option(
      '--give-up <name>',
      'a member that is gone or lost its log: the change does without it; f of them at most; may be repeated',
      collect,
    )
    .option(
      '--address <name=host:port>',
      'where a member is reached from then on; may be repeated, also for one name',
      collect,
    )
    .option(
      '-f, --faulty <f>',
      'how many members may be Byzantine; default: as many as n >= 3f+1 allows',
      integer(0, 255),
    )
    .option('-o, --out <file>', 'write there instead of to stdout')
    .addHelpText(
      'after',
      json(
        `with --out {"event":"proposed","file","changes":[],…${CLUSTER_SHAPE.slice(1)}; else the definition`,
      ),
    )
    .action(lazily(() => import('../commands/cluster-next.ts')));
}

function clusterSign(group: Command, lazily: Lazily): void {
  group
    .command('sign')
    .summary('show a definition, then sign it')
    .description(
      'Shows the members and the digest, then writes the signature of this key into the file. Compare the ' +
        'digest with the others first, over another channel than the one the file came by.',
    )
    .argument('[file]', 'the cluster definition', 'cluster.json')
    .requiredOption('-k, --key <file>', 'the key to sign with')
    .option('--digest <digest>', 'sign only if the digest is this one')
    .option(
      '--previous <file>',
      'of one that follows another: that one, to approve it as its member; default: the cluster.json beside it, if it is the one',
    )
    .option('--instead', 'approve it although this key approved another one, which no node was handed')
    .option('-o, --out <file>', 'write there instead of into the file itself')
    .addHelpText(
      'after',
      json(`{"event":"signed"|"already-signed","member","file",…${CLUSTER_SHAPE.slice(1)}`),
    )
    .action(lazily(() => import('../commands/cluster-sign.ts')));
}

function clusterSwitch(group: Command, lazily: Lazily): void {
  const command = group
    .command('switch')
    .summary('take a running cluster to the next epoch')
    .description(
      'Hands the definition of the next epoch, signed and approved, to a running node, and waits until it has gone over. ' +
        'That node tells the others: one is enough. Exit code 2 if the deadline comes first; the change goes on.',
    )
    .argument('<file>', 'the next definition')
    .option('--digest <digest>', 'hand it over only if the digest is this one')
    .option('-t, --timeout <duration>', 'how long to wait; default 1m', duration)
    .addHelpText(
      'after',
      json(
        '{"event":"switched"|"switching","epoch","digest","next":{"epoch","digest","since","members":[],"reasons":[]}}',
      ),
    );
  reach(command).action(lazily(() => import('../commands/cluster-switch.ts')));
}

function run(program: Command, lazily: Lazily): void {
  program
    .command('run')
    .summary('run a member')
    .description(
      'Runs a member with its HTTP API. Logs go to stderr. The first SIGINT or SIGTERM closes cleanly, the ' +
        'second ends at once. Settings come from flags, else QUORUMCAST_* variables, else the config file, ' +
        'else defaults; see `quorumcast config print`.',
    )
    .option('-c, --config <file>', 'config file; default quorumcast.json if it exists')
    .option('--cluster <file>', 'the cluster definition, signed by all; default cluster.json')
    .option('--identity <file>', 'the key file of this member')
    .option('--coin <file>', 'its share of the common coin, where one was dealt')
    .option('--data-dir <dir>', 'folder of the log; default .quorumcast')
    .option('--no-data-dir', 'memory only: after a restart this member is refused in the same epoch')
    .option('--listen <host:port>', 'where peers connect; default: its first address in the definition')
    .option('--http <host:port>', 'where the HTTP API listens; default 127.0.0.1:7480')
    .option('--no-http', 'no HTTP API')
    .option('--token-file <file>', 'the token that HTTP callers must present; needed beyond loopback')
    .option('--allowed-hosts <names>', 'further names for the HTTP API, separated by commas')
    .option('--log-level <level>', 'debug, info, warn, error or silent; default info')
    .option('--log-format <format>', 'auto, json or pretty; default auto')
    .option('--trace <file>', 'record all that passes, for `quorumcast sim check`; slow')
    .addOption(new Option('--exit-with-parent', 'end when the process that started this one ends').hideHelp())
    .addOption(new Option('--byzantine <kind>', 'lie to the others').hideHelp())
    .addHelpText('after', json('{"event":"listening"|"ready"|"closed",…}'))
    .action(lazily(() => import('../commands/run.ts')));
}

const CLUSTER_SHAPE =
  '{"name","epoch","digest","shortDigest","n","f","broadcast","limits","quorums","members":[],"signed":[],"missing":[],"invalid":[]}';

/** What `--json` prints, under a command's help. */
export function json(shape: string): string {
  return `\nWith --json: ${shape}`;
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
