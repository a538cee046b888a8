import { describe, expect, test } from 'vitest';
import { type BroadcastForm, codingOf, rulesOf, witness } from '../../src/broadcast/index.ts';
import { batchBytesMax, type CodedMessage, encodeBatch } from '../../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { type Digest, ErasureCode, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { HeldAnswers } from '../../src/stream/held.ts';
import { machineOf, validIn } from '../../src/stream/machine.ts';
import { crooked } from '../coded/subject.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const LIMITS = { ...LIMITS_DEFAULT, payloadBytes: 200 };
const ONE = encodeBatch([new Uint8Array(120).fill(1)]);
const OTHER = encodeBatch([new Uint8Array(120).fill(2)]);
const payload = (bytes: Uint8Array) => ({ kind: 'payload', payload: bytes }) as const;

/** Member 3 of `n`, an instance of member 0, and the answers that come while the stream stands still. */
class Setting {
  readonly committee: Committee;
  readonly #code: ErasureCode;
  readonly #options: Parameters<typeof machineOf>[0];
  readonly machine: ReturnType<typeof machineOf>;
  readonly #held = new HeldAnswers();

  constructor(n: number, { coded = false, form = 'early' as BroadcastForm } = {}) {
    this.committee = new Committee(n, faultyMax(n));
    this.#code = new ErasureCode(this.committee.quorums.dataShards, n);
    this.#options = {
      committee: this.committee,
      self: this.p(3),
      sender: this.p(0),
      rules: rulesOf(this.committee, form),
      limits: LIMITS,
      hasher,
      ...(coded ? { coding: { code: this.#code, bytesMin: 1 } } : {}),
    };
    this.machine = machineOf(this.#options, validIn(this.#options), 1);
  }

  p(id: number) {
    return this.committee.member(id);
  }

  get coding() {
    return codingOf(hasher, this.#code, this.p(0), 1);
  }

  digestOf(bytes: Uint8Array): Digest {
    return hasher.digest(0, 1, bytes);
  }

  /** Everybody else says the vote for what `digest` names. */
  all(kind: 'ready' | 'done', digest: Digest): this {
    for (const id of this.committee.ids) if (id !== 3) this.machine.handle(id, { kind, digest });
    return this;
  }

  come(from: number, body: CodedMessage, isOpen = true): this {
    this.#held.add(this.#options, isOpen ? this.machine : undefined, this.p(from), 1, body);
    return this;
  }

  /** What is kept, and kept no more. */
  take() {
    return this.#held.take().map(({ from, body }) => ({ from: from as number, body }));
  }
}

describe.each([7, 8, 9])('n=%d: an answer that comes while a stream stands still', (n) => {
  const { dataShards } = new Committee(n, faultyMax(n)).quorums;

  describe('to what was decided', () => {
    const decided = (bytes = ONE) => {
      const setting = new Setting(n);
      return setting.all('done', setting.digestOf(bytes));
    };

    test('is kept, the first that is right, and no second', () => {
      const setting = decided().come(4, payload(OTHER)).come(1, payload(ONE)).come(2, payload(ONE));
      expect(setting.take()).toEqual([{ from: 1, body: payload(ONE) }]);
      expect(setting.take(), 'kept no more').toEqual([]);
    });

    test('is looked at once of each member: who gave something wrong is not heard again', () => {
      expect(decided().come(4, payload(OTHER)).come(4, payload(ONE)).take()).toEqual([]);
    });

    test('has the longest payload, and no longer one, whoever says that it was decided', () => {
      const longest = new Uint8Array(batchBytesMax(LIMITS)).fill(1);
      expect(decided(longest).come(1, payload(longest)).take()).toHaveLength(1);
      const longer = new Uint8Array(longest.length + 1).fill(1);
      expect(decided(longer).come(1, payload(longer)).take()).toEqual([]);
    });

    test('is no vote, and no shard where nothing is sent in shards', () => {
      const setting = decided();
      const digest = setting.digestOf(ONE);
      const shard = { ...setting.coding.encode(ONE).shardOf(1), digest };
      expect(setting.come(1, { kind: 'echo', digest }).come(1, shard).take()).toEqual([]);
    });
  });

  test('to what f+1 members said READY for, which is not decided yet, is kept', () => {
    const setting = new Setting(n, { form: 'classic' });
    const digest = setting.digestOf(ONE);
    for (let id = 4; id <= 4 + setting.committee.f; id += 1)
      setting.machine.handle(setting.p(id), { kind: 'ready', digest });
    expect([setting.machine.pulling, setting.machine.terminated]).toEqual([true, false]);
    expect(setting.come(1, payload(ONE)).take()).toHaveLength(1);
  });

  test('to what nobody asked for is not kept', () => {
    const setting = new Setting(n);
    expect(setting.come(1, payload(ONE), false).take(), 'not open').toEqual([]);
    expect(setting.come(1, payload(ONE)).take(), 'nothing known').toEqual([]);
    setting.machine.handle(setting.p(0), { kind: 'initial', payload: ONE });
    setting.all('done', setting.digestOf(ONE));
    expect(setting.machine.terminated).toBe(true);
    expect(setting.come(1, payload(ONE)).take(), 'here already').toEqual([]);
  });

  describe('in shards', () => {
    /** What is decided is in shards; `own`: the sender has sent the one of this member. */
    const decided = (own: boolean) => {
      const setting = new Setting(n, { coded: true });
      const word = setting.coding.encode(ONE);
      if (own) setting.machine.handle(setting.p(0), word.shardOf(3));
      return { setting: setting.all('ready', word.digest), word };
    };

    test.each([
      ['with the own shard', true],
      ['without it', false],
    ])('%s: so many are kept as make a payload, one of each member', (_, own) => {
      const { setting, word } = decided(own);
      const givers = setting.committee.ids.filter((id) => id > 3).concat(setting.p(1), setting.p(2));
      for (const id of givers) setting.come(id, word.shardOf(id)).come(id, word.shardOf(id));
      expect(setting.take().map(({ from }) => from)).toEqual(givers.slice(0, dataShards));
    });

    test("the sender's is this member's own; nobody gives the shard of another, or of another payload", () => {
      const { setting, word } = decided(false);
      const other = setting.coding.encode(OTHER);
      setting.come(0, word.shardOf(3)).come(1, word.shardOf(2)).come(2, other.shardOf(2));
      expect(setting.take()).toEqual([{ from: 0, body: word.shardOf(3) }]);
      expect(setting.come(0, word.shardOf(0)).take(), 'it has none of its own').toEqual([]);
    });

    test('who has delivered gives the payload: then no shard is needed', () => {
      const { setting, word } = decided(true);
      setting.come(4, word.shardOf(4)).come(5, payload(OTHER)).come(1, payload(ONE));
      for (const id of [2, 5]) setting.come(id, word.shardOf(id));
      expect(setting.take().map(({ from, body }) => [from, body.kind])).toEqual([
        [4, 'shard'],
        [1, 'payload'],
      ]);
    });

    test('or it gives what shows that there is none', () => {
      const setting = new Setting(n, { coded: true });
      const word = crooked(setting.committee, ONE, [2]);
      setting.all('ready', word.digest);
      const all = new Map(setting.committee.ids.map((id) => [id as number, word.shardOf(id)]));
      const shown = payload(witness(setting.coding, all));
      expect(setting.come(1, shown).take()).toEqual([{ from: 1, body: shown }]);
    });
  });
});
