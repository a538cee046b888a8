import type { Rules } from '../../broadcast/index.ts';
import type { CodedMessage } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../crypto/index.ts';
import { type CodedWords, codedWords } from './coded-words.ts';

/** What a message in an exploration may be: the kinds that carry a value, PULL being part of the step `payload`. */
export const KINDS = ['initial', 'echo', 'ready', 'done', 'payload', 'shard'] as const;

/** One of `KINDS`. */
export type Kind = (typeof KINDS)[number];

/** A message of one member to whoever takes it. `value`: a number below `values`; in an INITIAL `values` too: refused. */
export interface Letter {
  readonly from: NodeId;
  readonly kind: Kind;
  readonly value: number;
}

/** Who takes part in an exploration and what may be said in it. */
export interface Setting {
  readonly committee: Committee;
  readonly rules: Rules;
  readonly sender: NodeId;
  readonly correct: readonly NodeId[];
  readonly faulty: readonly NodeId[];
  /** How many payloads there are; a correct sender broadcasts the first. */
  readonly values: number;
  /** Every message that can reach anybody. */
  readonly letters: readonly Letter[];
  /** Where payloads are sent in shards: how. Then INITIAL is the receiver's shard from the sender. */
  readonly coded: CodedWords | undefined;
  /** By value, and last that of the payload which no correct member vouches for. */
  readonly digests: readonly Digest[];
}

/** Which messages there are: `all` has DONE, which a member that lags gets, besides `votes`. */
export type ExploredMessages = 'votes' | 'all';

/** What a setting is made of. The last `liars` members are faulty; the sender is the last member or the first. */
interface Given {
  readonly committee: Committee;
  readonly rules: Rules;
  readonly sender: 'correct' | 'faulty';
  readonly liars: number;
  readonly values: number;
  readonly messages: ExploredMessages;
  readonly coded: boolean;
}

export function settingOf({ committee, rules, sender, liars, values, messages, coded }: Given): Setting {
  const { ids, n } = committee;
  const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
  const place = committee.member(sender === 'faulty' ? n - 1 : 0);
  const payloads = Array.from({ length: values }, (_, value) => payloadOf(value));
  const words = coded ? codedWords(committee, place, sender === 'faulty', payloads) : undefined;
  const shared = {
    committee,
    rules,
    sender: place,
    correct: ids.slice(0, n - liars),
    faulty: ids.slice(n - liars),
    values,
    coded: words,
    digests:
      words?.words.map(({ digest }) => digest) ??
      Array.from({ length: values + 1 }, (_, value) => hasher.digest(0, 1, payloadOf(value))),
  };
  return { ...shared, letters: lettersOf(shared, messages) };
}

/** A correct sender says one INITIAL; whoever lies may say any, the sender or not. */
function lettersOf(setting: Omit<Setting, 'letters'>, messages: ExploredMessages): Letter[] {
  const { committee, faulty, sender, values, coded } = setting;
  const each = Array.from({ length: values }, (_, value) => value);
  return committee.ids.flatMap((from) =>
    KINDS.flatMap((kind): Letter[] => {
      if (kind === 'done' && messages === 'votes') return [];
      if (kind === 'shard' && (coded === undefined || from === sender)) return [];
      if (kind === 'initial' && coded !== undefined && from !== sender) return [];
      if (kind !== 'initial') return each.map((value) => ({ from, kind, value }));
      if (faulty.includes(from))
        return (coded === undefined ? [...each, values] : each).map((value) => ({ from, kind, value }));
      return from === sender ? [{ from, kind, value: 0 }] : [];
    }),
  );
}

/** The bytes of a value: one byte. */
export function payloadOf(value: number): Uint8Array {
  return Uint8Array.of(value);
}

/** The message that a letter stands for, to `self`. */
export function messageOf({ from, kind, value }: Letter, setting: Setting, self: NodeId): CodedMessage {
  const { coded, digests } = setting;
  const word = coded?.words[value];
  if (word !== undefined && kind === 'initial') return word.shardOf(self);
  if (word !== undefined && kind === 'payload') return { kind, payload: word.answer };
  if (kind === 'shard') {
    if (word === undefined) throw new RangeError(`no code word ${value}`);
    return word.shardOf(from);
  }
  if (kind === 'initial' || kind === 'payload') return { kind, payload: payloadOf(value) };
  const digest = digests[value];
  if (digest === undefined) throw new RangeError(`no value ${value}`);
  return { kind, digest };
}
