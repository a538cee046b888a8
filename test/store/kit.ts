import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { assert } from '../../src/base/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { asDigest, type Digest } from '../../src/crypto/index.ts';
import {
  FileStore,
  type FileStoreOptions,
  type Store,
  type StoreRecord,
} from '../../src/node/store/index.ts';

export const COMMITTEE = new Committee(4, 1);
export const SELF = COMMITTEE.member(0);
export const CLUSTER = new Uint8Array(32).fill(0xc5);

/** A directory of its own for one test, removed afterwards. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'quorumcast-store-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Opens the store of member 0 there; it is closed when the test ends. */
export async function openStore(dir: string, more: Partial<FileStoreOptions> = {}): Promise<FileStore> {
  const store = await FileStore.open({ dir, cluster: CLUSTER, committee: COMMITTEE, self: SELF, ...more });
  onTestFinished(() => store.close());
  return store;
}

export function sha256(bytes: Uint8Array): Digest {
  const digest = asDigest(new Uint8Array(createHash('sha256').update(bytes).digest()));
  assert(digest !== undefined, 'SHA-256 has 32 bytes');
  return digest;
}

/** A payload of this many bytes that occurs nowhere else. */
export function payloadOf(label: string, bytes: number): Uint8Array {
  const front = Buffer.from(label);
  const payload = new Uint8Array(Math.max(bytes, front.length)).fill(0x2e);
  payload.set(front);
  return payload;
}

/** A history that has a bit of everything, in groups as a member would sync them. */
export function someHistory(): StoreRecord[][] {
  const script = new Script();
  const turns: Step[][] = [
    [
      { do: 'initiate', bytes: 20, count: 2, key: 'order-1' },
      { do: 'echo', sender: 0, ahead: 0 },
    ],
    [
      { do: 'echo', sender: 1, ahead: 0 },
      { do: 'echo', sender: 1, ahead: 1 },
      { do: 'ready', sender: 0, ahead: 0 },
    ],
    [{ do: 'peer', member: 2, position: 7 }],
    [
      { do: 'deliver', sender: 0, count: 2, stray: false },
      { do: 'deliver', sender: 1, count: 3, stray: true },
    ],
    [
      { do: 'cursor', consumer: 'billing', number: 2 },
      { do: 'initiate', bytes: 40, count: 1 },
    ],
    [
      { do: 'ready', sender: 3, ahead: 2 },
      { do: 'deliver', sender: 3, count: 1, stray: false },
    ],
  ];
  return turns.map((steps) => steps.flatMap((step) => script.records(step)));
}

/** What a test wants to happen; `Script` turns it into records that a member could write. */
export type Step =
  | { readonly do: 'initiate'; readonly bytes: number; readonly count: number; readonly key?: string }
  /** `ahead`: of the lowest undelivered instance; -1 is the last delivered one. */
  | { readonly do: 'echo' | 'ready'; readonly sender: number; readonly ahead: number }
  /** `stray`: another payload than the one echoed. */
  | { readonly do: 'deliver'; readonly sender: number; readonly count: number; readonly stray: boolean }
  | { readonly do: 'peer'; readonly member: number; readonly position: number }
  | { readonly do: 'cursor'; readonly consumer: string; readonly number: number };

/** Writes plausible histories: own instances in order, deliveries in order, payloads kept before they are named. */
export class Script {
  readonly #streams = COMMITTEE.ids.map(() => ({ base: 1, nextSeq: 1 }));
  readonly #own = { instance: 1, seq: 1, counts: new Map<number, number>() };
  readonly #kept = new Set<string>();
  readonly #said = new Set<string>();
  readonly #lengths = new Map<string, number>();

  records(step: Step): StoreRecord[] {
    switch (step.do) {
      case 'initiate':
        return this.#initiate(step.bytes, step.count, step.key);
      case 'echo':
      case 'ready':
        return this.#vote(step.do, COMMITTEE.member(step.sender), step.ahead);
      case 'deliver':
        return this.#deliver(COMMITTEE.member(step.sender), step.count, step.stray);
      case 'peer': {
        const logId = new Uint8Array(16).fill(step.member + 1);
        return [{ kind: 'peer', member: COMMITTEE.member(step.member), logId, position: step.position }];
      }
      case 'cursor':
        return [{ kind: 'cursor', consumer: step.consumer, number: step.number }];
    }
  }

  #initiate(bytes: number, count: number, key: string | undefined): StoreRecord[] {
    const { instance, seq } = this.#own;
    this.#lengths.set(`${SELF} ${instance}`, bytes);
    const payload = this.#payload(SELF, instance);
    const digest = sha256(payload);
    this.#own.counts.set(instance, count);
    this.#own.instance += 1;
    this.#own.seq += count;
    const said = { kind: 'said', sender: SELF, instance, statement: 'initial', digest } as const;
    return [
      ...this.#keep(payload),
      { ...said, firstSeq: seq, count },
      ...(key === undefined ? [] : [{ kind: 'key', seq, key, digest: sha256(Buffer.from(key)) } as const]),
    ];
  }

  #vote(statement: 'echo' | 'ready', sender: NodeId, ahead: number): StoreRecord[] {
    const instance = this.#stream(sender).base + ahead;
    if (instance < 1 || !this.#exists(sender, instance)) return [];
    const payload = this.#payload(sender, instance);
    const name = `${statement} ${sender} ${instance}`;
    if (this.#said.has(name)) return [];
    this.#said.add(name);
    const said = { kind: 'said', sender, instance, statement, digest: sha256(payload) } as const;
    return [...(statement === 'echo' ? this.#keep(payload) : []), { ...said, firstSeq: 0, count: 0 }];
  }

  #deliver(sender: NodeId, wanted: number, stray: boolean): StoreRecord[] {
    const stream = this.#stream(sender);
    const { base: instance, nextSeq: firstSeq } = stream;
    if (!this.#exists(sender, instance)) return [];
    const payload = this.#payload(sender, instance, stray && sender !== SELF);
    const count = (sender === SELF ? this.#own.counts.get(instance) : undefined) ?? wanted;
    stream.base += 1;
    stream.nextSeq += count;
    const delivered = {
      kind: 'delivered',
      sender,
      instance,
      digest: sha256(payload),
      firstSeq,
      count,
    } as const;
    return [...this.#keep(payload), delivered];
  }

  #keep(payload: Uint8Array): StoreRecord[] {
    const digest = sha256(payload);
    const name = Buffer.from(digest).toString('hex');
    if (this.#kept.has(name)) return [];
    this.#kept.add(name);
    return [{ kind: 'keep', digest, payload }];
  }

  /** An own instance exists once it was begun. */
  #exists(sender: NodeId, instance: number): boolean {
    return sender !== SELF || instance < this.#own.instance;
  }

  /** The same payload whenever the same instance is meant. */
  #payload(sender: NodeId, instance: number, stray = false): Uint8Array {
    const name = `${sender} ${instance}`;
    return payloadOf(
      stray ? `stray ${name} ` : `payload ${name} `,
      this.#lengths.get(name) ?? (instance * 37) % 90,
    );
  }

  #stream(sender: NodeId) {
    const stream = this.#streams[sender];
    assert(stream !== undefined, 'script: no such member');
    return stream;
  }
}

/**
 * The same data with every byte string as text: comparing is then fast, and a difference can be read.
 */
export function legible(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(legible);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, legible(inner)]));
}

/** Everything a store tells but `restored`, `logId` and its counters, as legible data. */
export async function told(store: Store): Promise<unknown> {
  const deliveries = await store.deliveries(
    store.firstNumber,
    Number.MAX_SAFE_INTEGER,
    Number.MAX_SAFE_INTEGER,
  );
  const entries = COMMITTEE.ids.map((sender) => {
    const found = [];
    for (let instance = store.firstInstance(sender); ; instance += 1) {
      const entry = store.entry(sender, instance);
      if (entry === undefined) return found;
      found.push(entry);
    }
  });
  const found = deliveries.flatMap(({ sender, firstSeq, count }) =>
    Array.from({ length: count }, (_, index) => store.find(sender, firstSeq + index)),
  );
  return legible({
    position: store.position,
    deliveredCount: store.deliveredCount,
    deliveries,
    entries,
    found,
    peers: [...store.peers()],
    consumers: [...store.consumers()],
  });
}
