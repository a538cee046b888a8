import { parseMembers, parseOptions } from './script.ts';
import { Stage } from './stage.ts';

/** Runs one command on the stage that the last `committee` set up; returns the stage to go on with. */
export function run(stage: Stage | undefined, command: string): Stage {
  const [name = '', ...words] = command.split(/\s+/);
  if (name === 'committee') return setUp(words);
  if (stage === undefined) throw new Error('a transcript begins with "committee"');
  const perform = COMMANDS[name];
  if (perform === undefined) throw new Error(`no command is called "${name}"`);
  perform(stage, words);
  return stage;
}

type Command = (stage: Stage, words: readonly string[]) => void;

const COMMANDS: Readonly<Record<string, Command>> = {
  /** propose 0 x y: member 0 broadcasts the messages x and y in one turn */
  propose: (stage, [id = '', ...texts]) => stage.propose(Number(id), texts),

  /** inject 3->(0,1) echo x [sender=0] [instance=1]: the faulty member 3 says it */
  inject: (stage, [route = '', kind = '', word = '', ...rest]) => {
    const { from, to } = parseRoute(stage, route);
    if (kind === 'status') {
      const bases = word.split(',').map(Number);
      stage.inject(single(from), to, { kind, bases, resync: rest.includes('resync') });
      return;
    }
    const options = parseOptions(rest);
    const sender = Number(options.get('sender') ?? stage.home);
    const instance = Number(options.get('instance') ?? 1);
    if (kind !== 'shard') {
      stage.inject(single(from), to, stage.message(kind, word, sender, instance));
      return;
    }
    // The shard of the receiver from the sender, of the speaker from anybody else, or the one that is asked for.
    const liar = single(from);
    for (const id of to) {
      const of = Number(options.get('of') ?? (liar === sender ? id : liar));
      stage.inject(liar, [id], stage.shard(word, sender, instance, of));
    }
  },

  /** deliver 0->1 [echo | echo x]: what is under way from 0 to 1, of that kind; either end may be left out */
  deliver: (stage, [route = '', ...kind]) => {
    const { from, to } = parseRoute(stage, route);
    if (stage.deliver(from, to, kindOf(kind)) === 0) stage.print('nothing of that is under way');
  },

  drop: (stage, [route = '', ...kind]) => {
    const { from, to } = parseRoute(stage, route);
    stage.print(`${stage.drop(from, to, kindOf(kind))} lost`);
  },

  /** Everything under way arrives, and what comes of it. */
  stabilize: (stage) => stage.print(`${stage.stabilize()} messages handled`),

  /** tick [times]: fifty milliseconds each */
  tick: (stage, [times = '1']) => stage.tick(Number(times)),

  disconnect: (stage, [pair = '']) => stage.disconnect(...ends(stage, pair)),

  connect: (stage, [pair = '']) => stage.connect(...ends(stage, pair)),

  /** The member loses all but its disk, and its links. */
  kill: (stage, [id = '']) => stage.kill(stage.committee.member(Number(id))),

  /** All links of the member come up again. */
  join: (stage, [id = '']) => {
    const self = stage.committee.member(Number(id));
    for (const peer of stage.committee.ids) if (peer !== self) stage.connect(self, peer);
  },

  status: (stage, [instance = '1']) => stage.status(Number(instance)),

  queue: (stage) => stage.queue(),
};

function setUp(words: readonly string[]): Stage {
  const options = parseOptions(words);
  const number = (key: string, otherwise: number): number => Number(options.get(key) ?? otherwise);
  const form = options.get('form') ?? 'early';
  if (form !== 'early' && form !== 'classic') throw new Error(`no form is called "${form}"`);
  const stage = new Stage({
    n: number('n', 4),
    f: number('f', 1),
    form,
    faulty: options.has('faulty') ? parseMembers(options.get('faulty') ?? '', []) : [],
    sender: number('sender', 0),
    keeps: number('keeps', 0),
    window: number('window', 256),
    batch: number('batch', 4096),
    coded: options.get('coded') === 'yes',
  });
  stage.print(stage.rules());
  return stage;
}

function parseRoute(stage: Stage, route: string): { from: readonly number[]; to: readonly number[] } {
  const [from = '', to = ''] = route.split('->');
  return { from: parseMembers(from, stage.committee.ids), to: parseMembers(to, stage.correct) };
}

function ends(stage: Stage, pair: string) {
  const [a = '', b = ''] = pair.split('-');
  return [stage.committee.member(Number(a)), stage.committee.member(Number(b))] as const;
}

function single(members: readonly number[]): number {
  const [only] = members;
  if (only === undefined || members.length > 1) throw new Error('one member speaks at a time');
  return only;
}

function kindOf(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : words.join(' ');
}
