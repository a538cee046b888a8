import { expect } from 'vitest';
import { bytesEqual, toHex } from '../../../src/base/index.ts';
import {
  type BroadcastForm,
  Coded,
  type CodeWord,
  type Coding,
  rulesOf,
} from '../../../src/broadcast/index.ts';
import type { CodedMessage } from '../../../src/codec/index.ts';
import { Committee, faultyMax, type NodeId } from '../../../src/committee/index.ts';
import type { Digest } from '../../../src/crypto/index.ts';
import { NOTHING } from '../../../src/protocol/index.ts';
import { codingOf, crooked, digestOf, PAYLOAD_BYTES_MAX, payloadOf, REFUSED } from '../../coded/subject.ts';

/** Committees with one and with two members to spare as well: n = 3f+1, 3f+2 and 3f+3. */
export const SIZES = [4, 5, 6, 7, 8, 9] as const;
export const X = payloadOf(0);
export const Y = payloadOf(1);

type Outs = ReturnType<Coded['handle']>;
type Vote = 'echo' | 'ready' | 'done';
export type Spoken = 'X' | 'Y' | 'refused' | 'crooked' | 'whole X' | 'whole Y';

interface Choice {
  readonly form?: BroadcastForm;
  readonly codes?: (payload: Uint8Array) => boolean;
  readonly judges?: boolean;
}

/** One instance of member 0 among `n`, the code words that are spoken of in it, and what happens, as lines of text. */
export class Setting {
  readonly committee: Committee;
  readonly coding: Coding;
  readonly words: Readonly<Record<'X' | 'Y' | 'refused' | 'crooked', CodeWord>>;

  constructor(n: number) {
    this.committee = new Committee(n, faultyMax(n));
    this.coding = codingOf(this.committee);
    this.words = {
      X: this.coding.encode(X),
      Y: this.coding.encode(Y),
      refused: this.coding.encode(REFUSED),
      crooked: crooked(this.committee, X, [2]),
    };
  }

  p(id: number): NodeId {
    return this.committee.member(id);
  }

  member(self: number, { form = 'early', codes = () => true, judges = false }: Choice = {}): Coded {
    return new Coded({
      committee: this.committee,
      self: this.p(self),
      sender: this.p(0),
      rules: rulesOf(this.committee, form),
      digestOf,
      valid: (payload) => payload[0] !== 0xff,
      payloadBytesMax: PAYLOAD_BYTES_MAX,
      coding: this.coding,
      codes,
      judges,
    });
  }

  digest(name: Spoken): Digest {
    if (name === 'whole X' || name === 'whole Y') return digestOf(name === 'whole X' ? X : Y);
    return this.words[name].digest;
  }

  dispersal(name: 'X' | 'Y'): CodedMessage {
    return { kind: 'dispersal', digest: this.digest(name), length: X.length };
  }

  /** Some members say a vote, one after another; what came of the last one. */
  votes(machine: Coded, kind: Vote, name: Spoken, from: readonly number[]): string[] {
    return this.#last(from, (id) => machine.handle(this.p(id), { kind, digest: this.digest(name) }));
  }

  /** Some members give their shards, the sender this member's own; what came of the last one. */
  shards(machine: Coded, self: number, name: keyof Setting['words'], from: readonly number[]): string[] {
    return this.#last(from, (id) =>
      machine.handle(this.p(id), this.words[name].shardOf(id === 0 ? self : id)),
    );
  }

  handle(machine: Coded, from: number, message: CodedMessage): string[] {
    return this.told(machine.handle(this.p(from), message));
  }

  pull(machine: Coded, from: number, name: Spoken): string[] {
    return this.handle(machine, from, { kind: 'pull', digest: this.digest(name) });
  }

  owed(machine: Coded, peer: number): string[] {
    return machine.owedTo(this.p(peer)).map((message) => this.#message(message));
  }

  /** Whose shards are held, and of what. */
  held(machine: Coded): string[] {
    return machine
      .snapshot()
      .shards.flatMap((digest, id) => (digest === undefined ? [] : [`${this.#name(digest)} of ${id}`]));
  }

  told(effects: Outs): string[] {
    if (effects.length === 0) expect(effects, 'what calls for nothing allocates nothing').toBe(NOTHING);
    return effects.map((effect) => {
      switch (effect.kind) {
        case 'keep':
          return `keep ${this.#name(effect.digest)}: ${this.#bytes(effect.payload)}${'replaces' in effect && effect.replaces === true ? ' instead' : ''}`;
        case 'broadcast':
          return `all: ${this.#message(effect.message)}`;
        case 'send':
          return `p${effect.to}: ${this.#message(effect.message)}`;
        case 'output': {
          const { digest, payload, nothing, evidence } = effect.output;
          const text = nothing ? `nothing ${payload.length}` : this.#bytes(payload);
          const shown = evidence === undefined ? '' : ` by ${this.#bytes(evidence)}`;
          return `output ${this.#name(digest)}: ${text}${shown}`;
        }
        case 'fault': {
          const payloads = effect.payloads?.map((bytes) => this.#bytes(bytes)) ?? [];
          return [`fault p${effect.accused} ${effect.code}`, ...payloads].join(' ');
        }
        default:
          throw new Error(`no effect of broadcast: ${JSON.stringify(effect)}`);
      }
    });
  }

  #last(from: readonly number[], say: (id: number) => Outs): string[] {
    return from.map((id) => this.told(say(id))).at(-1) ?? [];
  }

  #message(message: CodedMessage): string {
    switch (message.kind) {
      case 'initial':
      case 'payload':
        return `${message.kind} ${this.#bytes(message.payload)}`;
      case 'dispersal':
        return `dispersal ${this.#name(message.digest)} (${message.length})`;
      case 'shard': {
        const word = this.words[this.#name(message.digest) as 'X'];
        const of = this.committee.ids.filter((id) => bytesEqual(word.shardOf(id).proof, message.proof));
        expect(message, 'a shard with all that belongs to it').toEqual(word.shardOf(of[0] ?? 0));
        return `shard ${this.#name(message.digest)} of ${of.join()}`;
      }
      case 'echo':
      case 'ready':
      case 'done':
      case 'pull':
        return `${message.kind} ${this.#name(message.digest)}`;
      default:
        throw new Error(`no message of broadcast: ${JSON.stringify(message)}`);
    }
  }

  #name(digest: Digest): string {
    const names = ['X', 'Y', 'refused', 'crooked', 'whole X', 'whole Y'] as const;
    return names.find((name) => bytesEqual(this.digest(name), digest)) ?? toHex(digest);
  }

  #bytes(bytes: Uint8Array): string {
    const known = { X, Y, refused: REFUSED };
    const found = Object.entries(known).find(([, payload]) => bytesEqual(payload, bytes));
    if (found !== undefined) return found[0];
    if (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 1) return 'own shard';
    if (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 2) return 'witness';
    return toHex(bytes);
  }
}

/** What effects kept, as a later life is told of it. */
export function keptIn(effects: Outs): Uint8Array {
  const kept = effects.findLast(({ kind }) => kind === 'keep');
  if (kept?.kind !== 'keep') throw new Error('nothing was kept');
  return kept.payload;
}
