import { bytesEqual } from '../../src/base/index.ts';
import type { CodeWord } from '../../src/broadcast/index.ts';
import { type CodedMessage, encodeBatch, type MemberMessage } from '../../src/codec/index.ts';
import type { Committee } from '../../src/committee/index.ts';
import {
  type Digest,
  ErasureCode,
  merkleTree,
  type PayloadHasher,
  portableSha256,
} from '../../src/crypto/index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Payloads and digests by the word they were made from, so that transcripts read. */
export class Names {
  readonly #hasher: PayloadHasher;
  readonly #committee: Committee;
  readonly #words = new Set<string>();

  constructor(hasher: PayloadHasher, committee: Committee) {
    this.#hasher = hasher;
    this.#committee = committee;
  }

  message(word: string): Uint8Array {
    this.#words.add(word);
    return encoder.encode(word);
  }

  /** The batch that carries `word` alone; "garbage" stands for bytes that are no batch. */
  payload(word: string): Uint8Array {
    this.#words.add(word);
    return word === 'garbage' ? Uint8Array.of(9, 9) : encodeBatch([encoder.encode(word)]);
  }

  digest(sender: number, instance: number, word: string): Digest {
    return this.#hasher.digest(sender, instance, this.payload(word));
  }

  /** The code word that carries `word`; of "crooked …" one whose last shard is another one than it should be. */
  codeWord(sender: number, instance: number, word: string): CodeWord {
    const payload = this.payload(word.replace('crooked-', ''));
    this.#words.add(word);
    const { n, quorums } = this.#committee;
    const code = new ErasureCode(quorums.dataShards, n);
    const { k } = code;
    const shards = code.encode(payload).map((shard) => shard.slice());
    const last = shards[n - 1];
    if (word.startsWith('crooked-') && last !== undefined) last[0] = (last[0] ?? 0) ^ 1;
    const { root, proof } = merkleTree(portableSha256, shards);
    const { length } = payload;
    const digest = this.#hasher.codeWord(sender, instance, { k, n, length }, root);
    return {
      digest,
      shardOf: (id) => {
        const shard = shards[id] ?? new Uint8Array(0);
        return { kind: 'shard', digest, length, proof: proof(id), shard };
      },
    };
  }

  wordOfDigest(sender: number, instance: number, digest: Digest): string {
    for (const word of this.#words) if (bytesEqual(this.digest(sender, instance, word), digest)) return word;
    for (const word of this.#words)
      if (bytesEqual(this.codeWord(sender, instance, word).digest, digest)) return `[${word}]`;
    return 'something';
  }

  wordOfPayload(payload: Uint8Array): string {
    if (payload.length === 0) return 'nothing';
    for (const word of this.#words) if (bytesEqual(this.payload(word), payload)) return word;
    return 'something';
  }

  wordOfMessage(message: Uint8Array): string {
    return decoder.decode(message);
  }

  /** A message in a few words; `home` is the sender whose first instance needs no mention. */
  tell(message: MemberMessage, home: number): string {
    if (message.kind === 'status')
      return `status ${message.bases.join(',')}${message.resync ? ' resync' : ''}`;
    if (message.kind === 'history') {
      const { sender, instance, body } = message;
      return `${body.kind} ${sender}:${instance}${body.kind === 'count' ? ` is ${body.messages}` : ''}`;
    }
    const { sender, instance, body } = message;
    const place = sender === home && instance === 1 ? '' : ` of ${sender}:${instance}`;
    return `${body.kind} ${this.#word(sender, instance, body)}${place}`;
  }

  #word(sender: number, instance: number, body: CodedMessage): string {
    return 'payload' in body
      ? this.wordOfPayload(body.payload)
      : this.wordOfDigest(sender, instance, body.digest);
  }
}
