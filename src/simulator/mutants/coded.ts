import type { Mutant } from './mutant.ts';

const CODE_WORD = 'broadcast/coded/code-word.js';
const CODED = 'broadcast/coded/coded.js';
const CONCLUDE = 'broadcast/coded/conclude.js';
const MERKLE = 'crypto/merkle.js';
const QUORUM = 'committee/quorum.js';

/** Bugs of payloads that are sent in shards. */
export const CODED_MUTANTS: readonly Mutant[] = [
  {
    name: 'data-shards-plus-1',
    file: QUORUM,
    find: 'Math.floor((n - f) / 2) + 1,\n        shardReach',
    replace: 'Math.floor((n - f) / 2) + 2,\n        shardReach',
    wrong: 'a shard more is needed than correct members are sure to hold',
    equivalent:
      'what a faulty sender leaves undecodable nobody delivers; who delivers anything gives all of it away',
  },
  {
    name: 'data-shards-minus-1',
    file: QUORUM,
    find: 'Math.floor((n - f) / 2) + 1,\n        shardReach',
    replace: 'Math.max(1, Math.floor((n - f) / 2)),\n        shardReach',
    wrong: 'a shard less is needed, and all are longer',
    equivalent: 'any number of shards down from the right one is there too; only bytes are wasted',
  },
  {
    name: 'shard-reach-minus-1',
    file: QUORUM,
    find: 'shardReach: Math.floor((n - f) / 2) + f,',
    replace: 'shardReach: Math.floor((n - f) / 2) + f - 1,',
    wrong: 'shards go unasked to one member less',
    equivalent: 'who lacks shards asks for them',
  },
  {
    name: 'no-re-encode',
    file: CODE_WORD,
    find: 'bytesEqual(this.encode(payload).digest, first.digest) ? payload : undefined',
    replace: 'payload',
    wrong: 'what some shards give is delivered, though other shards give something else',
  },
  {
    name: 'shard-number-unbound',
    file: CODE_WORD,
    find: 'const root = provenRoot(sha256, shard, member, code.n, proof);',
    replace:
      'const roots = Array.from({ length: code.n }, (_, any) => provenRoot(sha256, shard, any, code.n, proof));\n' +
      'const root = roots.find((each) => each !== undefined && bytesEqual(digestOf(length, each), digest));',
    wrong: 'a shard is taken under another number than the one it is proven for',
  },
  {
    name: 'shard-unproven',
    file: CONCLUDE,
    find: '!coding.holds(message, member)',
    replace: '!coding.holds(message, member) && false',
    wrong: 'shards are taken without a look at their proofs',
  },
  {
    name: 'leaf-without-number',
    file: MERKLE,
    find: 'Uint8Array.of(LEAF, index >> 8, index, count >> 8, count)',
    replace: 'Uint8Array.of(LEAF)',
    wrong: 'the hash of a leaf covers neither its number nor how many there are',
    equivalent: 'the way from a leaf to the root has the number in it, and the digest of the code word has n',
  },
  {
    name: 'leaf-like-node',
    file: MERKLE,
    find: 'const LEAF = 0;',
    replace: 'const LEAF = 1;',
    wrong: 'the hash of a leaf begins as that of an inner node does',
    equivalent: 'all proofs of a committee have one length, so that no inner node can be shown as a leaf',
  },
  {
    name: 'code-word-without-place',
    file: 'crypto/digest.js',
    find: 'CODE_WORD_DOMAIN, place, ',
    replace: 'CODE_WORD_DOMAIN, ',
    wrong: 'the same code word has the same digest in every instance of every cluster',
    equivalent: 'who said a vote, and of which instance, is known from the link and the message',
  },
  {
    name: 'malformed-decoded',
    file: CONCLUDE,
    find: 'payload === undefined || !valid(payload)',
    replace: 'payload === undefined',
    wrong: 'what shards give is delivered though it is no batch',
  },
  {
    name: 'nothing-unexplained',
    file: CONCLUDE,
    find: '?? witness(coding, here)',
    replace: '?? new Uint8Array(0)',
    wrong: 'who delivered nothing cannot show it to those that ask',
  },
  {
    name: 'owes-no-shard',
    file: CODED,
    find: ', shardOf(peer));',
    replace: ');',
    wrong: 'over a new link the sender repeats its announcement and not the shard',
  },
  {
    name: 'own-shard-not-repeated',
    file: CODED,
    find: 'owed.push(own);',
    replace: '0;',
    wrong: 'over a new link the ECHO is repeated without the shard',
    equivalent: 'who lacks shards asks for them',
  },
  {
    name: 'no-shard-pull',
    file: CODED,
    find: 'this.#asking.ask(this.#shards.of(digest), again, effects);',
    replace: '0;',
    wrong: 'nobody is asked for the shards that are missing',
  },
  {
    name: 'restore-forgets-shard',
    file: 'broadcast/coded/recognise.js',
    find: 'if (own !== undefined)',
    replace: 'if (own !== undefined && false)',
    wrong: 'a restarted member does not know its own shard any more',
  },
];
