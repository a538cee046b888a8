import type { CodedMessage, ShardMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { type Digest, ErasureCode, merkleTree } from '../../crypto/index.ts';
import type { MindContext, MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/** A code word, or what is none, in one of the liars' own instances. */
interface Word {
  readonly digest: Digest;
  readonly length: number;
  readonly shardOf: (member: number) => ShardMessage;
}

/** Shards and their tree, as honest ones are made, but for those that `bend` changes before the tree is made. */
function wordOf(
  { committee, hasher }: MindContext,
  sender: NodeId,
  instance: number,
  payload: Uint8Array,
  bend: (shard: Uint8Array, member: number) => Uint8Array = (shard) => shard,
): Word {
  const { n } = committee;
  const k = committee.quorums.dataShards;
  const { length } = payload;
  const shards = new ErasureCode(k, n).encode(payload).map((shard, member) => bend(shard.slice(), member));
  const tree = merkleTree(hasher.sha256, shards);
  const digest = hasher.codeWord(sender, instance, { k, n, length }, tree.root);
  const shardOf = (member: number): ShardMessage => {
    const shard = shards[member] ?? new Uint8Array(0);
    return { kind: 'shard', digest, length, proof: tree.proof(member), shard };
  };
  return { digest, length, shardOf };
}

const flipped = (shard: Uint8Array): Uint8Array => shard.map((byte, at) => (at === 0 ? byte ^ 0x55 : byte));

/** Own instances that the liars lie about. */
const OWN_INSTANCES = 2;

/** Every instance once: what is to be said in it, and by whom to whom, some of it at a time. */
function plotting(plan: (liar: Liar, sender: NodeId, instance: number) => readonly Step[]): MindFactory {
  return (context) => {
    const steps: Step[] = [];
    const begun = new Set<string>();
    return new Liar(context, (liar) => {
      const [sender, instance] = [liar.me, 1 + liar.prng.below(OWN_INSTANCES)];
      if (!begun.has(`${sender}:${instance}`)) {
        begun.add(`${sender}:${instance}`);
        steps.push(...plan(liar, sender, instance));
      }
      for (let left = liar.prng.below(8); left > 0 && steps.length > 0; left -= 1) {
        const [step] = steps.splice(liar.prng.below(steps.length), 1);
        if (step !== undefined) liar.say(step.from, [step.to], step.sender, step.instance, step.body);
      }
    });
  };
}

interface Step {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly sender: NodeId;
  readonly instance: number;
  readonly body: CodedMessage;
}

/** What the liars say for one code word: its shards, and their own votes and shards, to those that `side` chooses. */
function support(
  { context: { faulty, correct } }: Liar,
  sender: NodeId,
  instance: number,
  word: Word,
  side: (to: NodeId, kind: CodedMessage['kind']) => boolean = () => true,
): Step[] {
  const { digest, length, shardOf } = word;
  const steps: Step[] = [];
  for (const to of correct) {
    const say = (from: NodeId, body: CodedMessage): void => {
      if (side(to, body.kind)) steps.push({ from, to, sender, instance, body });
    };
    say(sender, { kind: 'dispersal', digest, length });
    say(sender, shardOf(to));
    for (const from of faulty) {
      if (from !== sender) say(from, shardOf(from));
      say(from, { kind: 'echo', digest });
      say(from, { kind: 'ready', digest });
    }
  }
  return steps;
}

/** Shards with good proofs that are no code word: whoever decodes finds another payload with other shards. */
export const crookedShards: MindFactory = plotting((liar, sender, instance) => {
  const { committee } = liar.context;
  const bent = 1 + liar.prng.below(committee.n - 1);
  const payload = liar.story(sender, instance, 0);
  const word = wordOf(liar.context, sender, instance, payload, (shard, member) =>
    member >= committee.n - bent ? flipped(shard) : shard,
  );
  const left = liar.prng.chance(1, 2) ? [liar.prng.pick(liar.context.correct)] : [];
  return support(liar, sender, instance, word, (to, kind) => kind !== 'shard' || !left.includes(to));
});

/** Two code words, or one and a whole payload: another to each side, and votes to match or not. */
export const twoCodeWords: MindFactory = plotting((liar, sender, instance) => {
  const words = [0, 1].map((version) =>
    wordOf(liar.context, sender, instance, liar.story(sender, instance, version)),
  );
  const whole = liar.prng.chance(1, 3) ? liar.story(sender, instance, 1) : undefined;
  const sideOf = new Map(liar.context.correct.map((id) => [id, liar.prng.below(2)]));
  const strict = liar.prng.chance(1, 2);
  return words.flatMap((word, side) =>
    support(liar, sender, instance, word, (to) => sideOf.get(to) === side || !strict).map((step) => {
      if (side === 0 || whole === undefined) return step;
      const { body } = step;
      if (body.kind === 'echo' || body.kind === 'ready')
        return { ...step, body: { kind: body.kind, digest: liar.digestOf(sender, instance, whole) } };
      return { ...step, body: { kind: 'initial', payload: whole } };
    }),
  );
});

/** A code word whose shards go to just too few, or by lot, and votes by lot. */
export const fewShards: MindFactory = plotting((liar, sender, instance) => {
  const word = wordOf(liar.context, sender, instance, liar.story(sender, instance, 0));
  const zeal = 1 + liar.prng.below(4);
  return support(liar, sender, instance, word, () => liar.prng.below(4) < zeal);
});

/** Echoes the shards of others under other numbers, with other proofs, other bytes, of other code words. */
export const wrongShards: MindFactory = (context) => {
  const heard: { sender: NodeId; instance: number; message: ShardMessage }[] = [];
  return new Liar(
    context,
    (liar) => {
      if (heard.length === 0) return;
      const { sender, instance, message } = liar.prng.pick(heard);
      const bent: readonly ShardMessage[] = [
        message,
        { ...message, shard: flipped(message.shard) },
        { ...message, proof: flipped(message.proof) },
        { ...message, digest: liar.nonsense() },
      ];
      liar.say(liar.me, context.correct, sender, instance, liar.prng.pick(bent));
    },
    (_, from, __, { kind, ...message }) => {
      if (kind === 'status' || !('body' in message) || message.body.kind !== 'shard') return;
      if (context.faulty.includes(from) || heard.length >= 64) return;
      const { proof, shard } = message.body;
      const { sender, instance } = message;
      heard.push({
        sender,
        instance,
        message: { ...message.body, proof: proof.slice(), shard: shard.slice() },
      });
    },
  );
};

/** A fresh code word in every instance at every turn, and shards of it from all of the liars. */
export const shardFlood: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const sender = liar.prng.chance(1, 2) ? liar.me : liar.prng.pick(context.correct);
    const instance = 1 + liar.prng.below(context.limits.window + 2);
    const payload = new Uint8Array(1 + liar.prng.below(context.limits.payloadBytes)).fill(
      liar.prng.below(256),
    );
    const word = wordOf(context, sender, instance, payload);
    for (const from of context.faulty) {
      for (const to of context.correct)
        liar.say(from, [to], sender, instance, word.shardOf(from === sender ? to : from));
    }
  });

/** Payloads that are no batch, in shards: nobody can refuse them before they are decided. */
export const malformedShards: MindFactory = plotting((liar, sender, instance) => {
  const payload = new Uint8Array(1 + liar.prng.below(40)).fill(liar.prng.below(256));
  const word = wordOf(liar.context, sender, instance, payload);
  return support(liar, sender, instance, word);
});
