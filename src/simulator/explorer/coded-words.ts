import { assert } from '../../base/index.ts';
import { Coding, witness } from '../../broadcast/index.ts';
import type { ShardMessage } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import {
  type Digest,
  ErasureCode,
  merkleTree,
  PayloadHasher,
  portableSha256,
  type Sha256,
} from '../../crypto/index.ts';

/** What the shards under one root are, and what they stand for. */
export interface ExploredWord {
  readonly digest: Digest;
  readonly shardOf: (member: NodeId) => ShardMessage;
  /** What a member that has delivered it gives when it is asked: the payload, or shards that show that there is none. */
  readonly answer: Uint8Array;
  /** What every correct member delivers: nothing where the shards are no code word. */
  readonly stands: Uint8Array;
}

/** How an exploration sends payloads in shards. */
export interface CodedWords {
  readonly coding: Coding;
  /** By value. The last is no code word, unless it is that of a correct sender. */
  readonly words: readonly ExploredWord[];
  /** The digest of a payload that is sent whole. */
  readonly plainDigest: (payload: Uint8Array) => Digest;
}

/** A code word for each payload; the shards of the last one, if it is not that of a correct sender, fit to no payload at all. */
export function codedWords(
  committee: Committee,
  sender: NodeId,
  senderLies: boolean,
  payloads: readonly Uint8Array[],
): CodedWords {
  const cluster = new Uint8Array(32);
  const sha256 = remembering(portableSha256);
  const hasher = new PayloadHasher(sha256, cluster);
  const code = new ErasureCode(committee.quorums.dataShards, committee.n);
  const { k, n } = code;
  const digestOf = (length: number, root: Digest): Digest =>
    hasher.codeWord(sender, 1, { k, n, length }, root);
  const coding = new RememberingCoding({ code, sha256, digestOf });
  const words = payloads.map((payload, value): ExploredWord => {
    if ((senderLies || value > 0) && value === payloads.length - 1) return noCodeWord();
    const { digest, shardOf } = coding.encode(payload);
    const messages = committee.ids.map(shardOf);
    return { digest, shardOf: (member) => at(messages, member), answer: payload, stands: payload };
  });
  return { coding, words, plainDigest: (payload) => hasher.digest(sender, 1, payload) };

  /** Each shard is a byte of its own: no two of them are of one payload that gives the others too. */
  function noCodeWord(): ExploredWord {
    const shards = committee.ids.map((id) => Uint8Array.of(0x40 + id));
    const tree = merkleTree(sha256, shards);
    const digest = digestOf(1, tree.root);
    const messages = shards.map((shard, member): ShardMessage => {
      return { kind: 'shard', digest, length: 1, proof: tree.proof(member), shard };
    });
    const shardOf = (member: NodeId): ShardMessage => at(messages, member);
    const answer = witness(coding, new Map(committee.ids.slice(0, k).map((id) => [id, shardOf(id)])));
    return { digest, shardOf, answer, stands: new Uint8Array(0) };
  }
}

function at(messages: readonly ShardMessage[], member: NodeId): ShardMessage {
  const message = messages[member];
  assert(message !== undefined, 'every member has a shard');
  return message;
}

/** Judges each message once: an exploration has few of them, and takes each a million times. */
class RememberingCoding extends Coding {
  readonly #judged = new WeakMap<ShardMessage, Map<number, boolean>>();

  override holds(message: ShardMessage, member: number): boolean {
    let known = this.#judged.get(message);
    if (known === undefined) {
      known = new Map();
      this.#judged.set(message, known);
    }
    const found = known.get(member) ?? super.holds(message, member);
    known.set(member, found);
    return found;
  }
}

/** The same function, which keeps what it found: an exploration asks for few hashes, each a million times. */
function remembering(sha256: Sha256): Sha256 {
  const known = new Map<string, Uint8Array>();
  return (...parts) => {
    const text = parts.map((part) => String.fromCharCode(...part)).join('');
    const found = known.get(text) ?? sha256(...parts);
    known.set(text, found);
    return found;
  };
}
