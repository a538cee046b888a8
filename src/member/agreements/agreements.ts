import type { Bracha87View, Decision } from '../../agreement/index.ts';
import { type Bit, bytesEqual, encodeUtf8, UsageError } from '../../base/index.ts';
import { type AgreementWord, TOPIC_BYTES_MAX } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { NOTHING } from '../../protocol/index.ts';
import type { AgreementEffect, AgreementMemory } from './effect.ts';
import { decideWord, SYNC, Topic } from './topic.ts';

/** What the agreements of a member need to know. */
export interface AgreementsOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  /** A fair bit that nobody else can know, for the end of a phase. */
  readonly toss: (phase: number, topic: string) => Bit;
  /** Topics under way that this member proposed something in. Default `OWN_TOPICS_MAX`. */
  readonly ownMax?: number;
  /** Topics under way that one peer spoke of first, and this member proposed nothing in. Default `PEER_TOPICS_MAX`. */
  readonly peerMax?: number;
  /** What was decided is remembered for so many topics. Default `SETTLED_TOPICS_MAX`. */
  readonly settledMax?: number;
}

export const OWN_TOPICS_MAX = 32;
export const PEER_TOPICS_MAX = 4;
export const SETTLED_TOPICS_MAX = 4_096;

/** Ticks between two answers to a peer that asks for everything about a topic. */
const TELL_TICKS = 10;
/** Ticks without any change after which the others are asked to tell everything; then less and less often. */
const STALL_TICKS = 40;
const STALL_TICKS_MAX = 1_200;

/** The calls that a driver makes: whoever answers them takes a member's place, an adversary too. */
export type AgreementParticipant = Pick<
  Agreements,
  'restore' | 'propose' | 'handle' | 'linkUp' | 'linkDown' | 'tick'
>;

/** One topic, as this member sees it. */
export interface TopicView {
  readonly topic: string;
  /** What this member proposed; undefined if nothing, or if it is long settled. */
  readonly proposal: Bit | undefined;
  readonly decision: Decision | undefined;
  /** What is under way; undefined once nobody needs this member for it any more. */
  readonly state: Bracha87View | undefined;
  /** Ticks since something last changed. */
  readonly quietTicks: number;
}

/**
 * All agreements of a member, by topic, as one deterministic state machine. Driven as `Member`: in turns, what binds
 * durable before anything leaves. `tick` comes every 50 ms in the node; nothing here reads a clock.
 *
 * A member takes part in every topic that it hears of, so that others can rely on it, but begins to say what it wants only
 * when it proposes. Links may lose anything: who misses something asks to be told everything.
 */
export class Agreements {
  readonly #options: AgreementsOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #settled = new Map<string, Decision>();
  readonly #up = new Set<NodeId>();
  #tick = 0;
  /** Words about topics that there was no room for. */
  dropped = 0;

  constructor(options: AgreementsOptions) {
    this.#options = options;
  }

  /** After the constructor and before any other call. */
  restore({ open, settled }: AgreementMemory): readonly AgreementEffect[] {
    const effects: AgreementEffect[] = [];
    for (const { topic, decision } of settled) this.#settle(topic, decision);
    for (const { topic, stated } of open) {
      const entry = this.#open(topic, this.#options.self);
      entry.restore(stated, effects);
      this.#review(topic, entry, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /**
   * Proposes 0 or 1 in a topic. Proposing the same again, or in a topic that is decided, changes nothing.
   * @throws UsageError for a topic that is none, or another proposal than before.
   */
  propose(topic: string, value: Bit): readonly AgreementEffect[] {
    checkTopic(topic);
    if (this.#settled.has(topic)) return NOTHING;
    const entry = this.#topics.get(topic);
    if (entry?.proposal !== undefined) {
      if (entry.proposal === value) return NOTHING;
      throw new UsageError(
        `this member proposed ${entry.proposal} in "${topic}", and cannot propose ${value} too`,
      );
    }
    if (!this.hasRoom(topic)) throw new UsageError('too many agreements are under way');
    const effects: AgreementEffect[] = [];
    const opened = entry ?? this.#open(topic, this.#options.self);
    opened.propose(value, effects);
    // What others said before this member knew of the topic, or had room for it, is gone.
    this.#ask(topic, opened, effects);
    this.#review(topic, opened, effects);
    return effects;
  }

  /** Whether there is room to propose in this topic. */
  hasRoom(topic: string): boolean {
    if (this.#settled.has(topic) || this.#topics.get(topic)?.proposal !== undefined) return true;
    const { ownMax = OWN_TOPICS_MAX } = this.#options;
    return this.#count((entry) => entry.proposal !== undefined) < ownMax;
  }

  /** A word of `from`, as the link knows it. Never throws on what a peer can send. Keeps no reference. */
  handle(from: NodeId, { topic, body }: AgreementWord): readonly AgreementEffect[] {
    const effects: AgreementEffect[] = [];
    if (bytesEqual(body, SYNC)) this.#tell(from, topic, effects);
    else {
      const entry = this.#topics.get(topic) ?? this.#admit(from, topic);
      if (entry === undefined) return NOTHING;
      if (!entry.handle(from, body, effects))
        return [{ kind: 'fault', accused: from, code: 'malformed-message' }];
      if (effects.length > 0) entry.movedTick = this.#tick;
      this.#review(topic, entry, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The link to `peer` is up, in both directions: it is asked about everything that is under way. */
  linkUp(peer: NodeId): readonly AgreementEffect[] {
    this.#up.add(peer);
    const effects: AgreementEffect[] = [];
    for (const [topic, entry] of this.#topics) {
      entry.linkReset(peer);
      effects.push({ kind: 'send', to: peer, topic, body: SYNC });
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  linkDown(peer: NodeId): void {
    this.#up.delete(peer);
  }

  /** Fifty milliseconds have passed, more or less: safety never depends on it. */
  tick(): readonly AgreementEffect[] {
    this.#tick += 1;
    const effects: AgreementEffect[] = [];
    for (const [topic, entry] of this.#topics) {
      const quiet = this.#tick - entry.movedTick;
      const pause = Math.min(Math.max(STALL_TICKS, quiet >> 1), STALL_TICKS_MAX);
      if (quiet >= STALL_TICKS && this.#tick - entry.askedTick >= pause) this.#ask(topic, entry, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** What was decided in a topic; undefined while nothing is, or if it is too long ago. */
  decision(topic: string): Decision | undefined {
    return this.#settled.get(topic) ?? this.#topics.get(topic)?.decision;
  }

  /** Topics under way. */
  get size(): number {
    return this.#topics.size;
  }

  /** Of those, such as this member proposed something in, and that are not decided. */
  get undecided(): number {
    return this.#count(({ proposal, decision }) => proposal !== undefined && decision === undefined);
  }

  /** What is known of a topic; undefined if it was never heard of, or too long ago. */
  inspect(topic: string): TopicView | undefined {
    const entry = this.#topics.get(topic);
    const decision = this.decision(topic);
    if (entry === undefined && decision === undefined) return undefined;
    return {
      ...{ topic, decision, proposal: entry?.proposal, state: entry?.inspect() },
      quietTicks: entry === undefined ? 0 : this.#tick - Math.max(0, entry.movedTick),
    };
  }

  /** Topics under way, then those settled, newest first. */
  list(): readonly string[] {
    return [...this.#topics.keys(), ...[...this.#settled.keys()].reverse()];
  }

  /** A topic that a peer speaks of first; undefined if it is settled, or if that peer has too many under way. */
  #admit(from: NodeId, topic: string): Topic | undefined {
    if (this.#settled.has(topic)) return undefined;
    const { peerMax = PEER_TOPICS_MAX } = this.#options;
    const isOf = (entry: Topic): boolean => entry.openedBy === from && entry.proposal === undefined;
    if (this.#count(isOf) < peerMax) return this.#open(topic, from);
    this.dropped += 1;
    return undefined;
  }

  #open(name: string, openedBy: NodeId): Topic {
    const { committee, self, toss } = this.#options;
    const isUp = (peer: NodeId): boolean => this.#up.has(peer);
    const entry = new Topic({ committee, self, name, toss, openedBy, isUp });
    entry.movedTick = this.#tick;
    this.#topics.set(name, entry);
    return entry;
  }

  #tell(from: NodeId, topic: string, effects: AgreementEffect[]): void {
    const entry = this.#topics.get(topic);
    const decision = this.#settled.get(topic);
    if (entry !== undefined) entry.tell(from, this.#tick, TELL_TICKS, effects);
    else if (decision !== undefined && this.#up.has(from))
      effects.push({ kind: 'send', to: from, topic, body: decideWord(decision) });
  }

  #ask(topic: string, entry: Topic, effects: AgreementEffect[]): void {
    entry.askedTick = this.#tick;
    for (const to of this.#up) effects.push({ kind: 'send', to, topic, body: SYNC });
  }

  /** Lets go of an agreement that has ended, but for what was decided. */
  #review(topic: string, entry: Topic, effects: AgreementEffect[]): void {
    const { decision } = entry;
    if (!entry.ended || decision === undefined) return;
    this.#topics.delete(topic);
    this.#settle(topic, decision);
    effects.push({ kind: 'settled', topic, decision });
  }

  #settle(topic: string, decision: Decision): void {
    const { settledMax = SETTLED_TOPICS_MAX } = this.#options;
    this.#settled.set(topic, decision);
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > settledMax && oldest !== undefined) this.#settled.delete(oldest);
  }

  #count(is: (entry: Topic) => boolean): number {
    let count = 0;
    for (const entry of this.#topics.values()) if (is(entry)) count += 1;
    return count;
  }
}

/** @throws UsageError that says what is wrong with a topic. */
export function checkTopic(topic: string): void {
  // A lone surrogate has no UTF-8: what is read back would be another topic.
  if (/\p{Surrogate}/u.test(topic)) throw new UsageError('a topic is well-formed text');
  const { length } = encodeUtf8(topic);
  if (length < 1 || length > TOPIC_BYTES_MAX)
    throw new UsageError(`a topic has 1 to ${TOPIC_BYTES_MAX} bytes of UTF-8, not ${length}`);
}
