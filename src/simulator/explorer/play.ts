import { AssertionError, assert, bytesEqual } from '../../base/index.ts';
import { Bracha, type BrachaOutput, Coded } from '../../broadcast/index.ts';
import type { CodedMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Effects } from '../../protocol/index.ts';
import { KINDS, type Kind, type Letter, messageOf, payloadOf, type Setting } from './setting.ts';

/**
 * One correct member: the real machine, driven as a stream drives it, its own statements coming back to it at once.
 * What others can see of it is its `label`.
 */
export class Play {
  readonly #setting: Setting;
  readonly #self: NodeId;
  readonly #machine: Bracha | Coded;
  #seen = 0;

  /** The correct sender has made its proposal already: it waits for nobody. */
  constructor(setting: Setting, self: NodeId) {
    this.#setting = setting;
    this.#self = self;
    const { committee, sender, rules, values, coded } = setting;
    const options = {
      committee,
      self,
      sender,
      rules,
      digestOf: (payload: Uint8Array): Digest =>
        coded?.plainDigest(payload) ?? digestOf(setting, payload[0] ?? values),
      // Of shards any payload may come out where they are no code word: it must not pass for invalid by luck.
      valid: (payload: Uint8Array): boolean => coded !== undefined || (payload[0] ?? 0) < values,
      payloadBytesMax: 1,
    };
    this.#machine =
      coded === undefined
        ? new Bracha(options)
        : new Coded({ ...options, coding: coded.coding, codes: () => true, judges: false });
    if (self === sender) this.#run(this.#machine.propose(payloadOf(0)));
  }

  /** Takes one message. A `payload` is the whole exchange: asking, until this very member was asked, and its answer. */
  take(letter: Letter): void {
    if (this.#stopped) return;
    try {
      if (letter.kind === 'payload') this.#ask(letter.from);
      this.#run(this.#handle(letter.from, messageOf(letter, this.#setting, this.#self)));
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      // A member that finds itself wrong stops: that is a finding, and its last state.
      this.#seen |= broken(this.#setting, 'no-assertion-fails');
    }
  }

  #handle(from: NodeId, message: CodedMessage): Effects<CodedMessage, BrachaOutput> {
    if (this.#machine instanceof Coded) return this.#machine.handle(from, message);
    assert(message.kind !== 'dispersal' && message.kind !== 'shard', 'shards go to machines that take them');
    return this.#machine.handle(from, message);
  }

  get #stopped(): boolean {
    return (this.#seen & broken(this.#setting, 'no-assertion-fails')) !== 0;
  }

  /** The bits of `labelBit`: what this member said, delivered, and hands out when asked. */
  label(): number {
    let label = this.#seen;
    for (let value = 0; value < this.#setting.values; value += 1) {
      const vouched = has(label, this.#setting, 'echo', value);
      const delivered = has(label, this.#setting, 'done', value);
      const gives = this.#setting.coded === undefined && vouched && this.#answers(value);
      if (delivered || gives) label |= labelBit(this.#setting, 'payload', value);
      if (vouched && this.#setting.coded !== undefined) label |= labelBit(this.#setting, 'shard', value);
    }
    return label;
  }

  /** Equal for two machines of one member that say and deliver the same from here on. */
  key(): string {
    if (this.#machine.terminated || this.#stopped)
      return String.fromCharCode(this.#seen & 0xffff, this.#seen >>> 16);
    const whole = this.#machine.snapshot();
    const state = 'votes' in whole ? whole.votes : whole;
    const names = state.candidates.map(({ digest }) => this.#valueOf(digest));
    const codes = [this.#seen & 0xffff, this.#seen >>> 16];
    const add = (index: number): number => codes.push(index < 0 ? NONE : (names[index] ?? NONE));
    for (const votes of [state.echoes, state.readies, state.dones]) for (const vote of votes) add(vote);
    add(state.first);
    add(state.echoed);
    add(state.readied);
    add(state.decided);
    add(state.kept);
    add(state.wanted);
    let flags = Number(state.initialClosed) + 2 * Number(state.proposed) + 4 * Number(state.delivered);
    for (const [index, { held }] of state.candidates.entries()) if (held) flags |= 8 << (names[index] ?? 0);
    codes.push(flags);
    if ('votes' in whole) {
      const named = (digest: Digest | undefined): number =>
        digest === undefined ? NONE : this.#valueOf(digest);
      codes.push(...whole.shards.map(named), named(whole.announced), Number(whole.closed));
    }
    return String.fromCharCode(...codes);
  }

  /** Whoever asks is answered once a link, so the own link is made new for each question. */
  #answers(value: number): boolean {
    const digest = digestOf(this.#setting, value);
    this.#machine.linkReset(this.#self);
    const [answer] = this.#handle(this.#self, { kind: 'pull', digest });
    return (
      answer?.kind === 'send' &&
      answer.message.kind === 'payload' &&
      bytesEqual(answer.message.payload, payloadOf(value))
    );
  }

  #ask(holder: NodeId): void {
    const { ids, n } = this.#setting.committee;
    for (const id of ids) this.#machine.linkReset(id);
    for (let turn = 0; turn < n && this.#machine.pulling; turn += 1) {
      const effects = this.#machine.retry();
      this.#run(effects);
      if (effects.some((effect) => effect.kind === 'send' && effect.to === holder)) return;
    }
  }

  #run(effects: Effects<CodedMessage, BrachaOutput>): void {
    const batches = [effects];
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      for (const effect of batch) {
        if (effect.kind === 'broadcast') {
          this.#saw(effect.message);
          batches.push(this.#handle(this.#self, effect.message));
        } else if (effect.kind === 'output') this.#delivered(effect.output);
      }
    }
  }

  #saw(message: CodedMessage): void {
    assert(
      message.kind !== 'pull' && message.kind !== 'done' && message.kind !== 'shard',
      'a machine broadcasts its binding statements only',
    );
    const kind = message.kind === 'dispersal' ? 'initial' : message.kind;
    const value = 'digest' in message ? this.#valueOf(message.digest) : (message.payload[0] ?? 0);
    const bit = labelBit(this.#setting, kind, value);
    if ((this.#seen & bitsOf(this.#setting, kind)) !== 0) this.#seen |= broken(this.#setting, 'say-once');
    this.#seen |= bit;
  }

  #delivered({ digest, payload }: BrachaOutput): void {
    const value = this.#valueOf(digest);
    const expected = this.#setting.coded?.words[value]?.stands ?? payloadOf(value);
    const faithful = bytesEqual(payload, expected);
    const again = (this.#seen & bitsOf(this.#setting, 'done')) !== 0;
    if (again || !faithful) this.#seen |= broken(this.#setting, 'integrity');
    this.#seen |= labelBit(this.#setting, 'done', value);
  }

  #valueOf(digest: Digest): number {
    return this.#setting.digests.findIndex((known) => bytesEqual(known, digest));
  }
}

/** In a key: no value. */
const NONE = 0xff;

/** The bit of a label for a statement. `done` stands for delivery, `payload` for handing out the payload. */
export function labelBit({ values }: Setting, kind: Kind, value: number): number {
  return 1 << (KINDS.indexOf(kind) * values + value);
}

/** The bits of a label for all statements of one kind. */
export function bitsOf(setting: Setting, kind: Kind): number {
  return ((1 << setting.values) - 1) << (KINDS.indexOf(kind) * setting.values);
}

/** The bit of a label for a promise that a single member broke by itself. */
export function broken({ values }: Setting, promise: OwnPromise): number {
  return 1 << (KINDS.length * values + PROMISES.indexOf(promise));
}

/** What a single member can break by itself. */
export const PROMISES = ['say-once', 'integrity', 'no-assertion-fails'] as const;
type OwnPromise = (typeof PROMISES)[number];

function has(label: number, setting: Setting, kind: Kind, value: number): boolean {
  return (label & labelBit(setting, kind, value)) !== 0;
}

function digestOf({ digests }: Setting, value: number): Digest {
  const digest = digests[value];
  assert(digest !== undefined, 'every value has a digest');
  return digest;
}
