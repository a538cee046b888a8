import { bytesEqual, encodeUtf8, UsageError } from '../../base/index.ts';
import {
  AGREEMENT_FORMS,
  type AgreementForm,
  type AgreementWord,
  TOPIC_BYTES_MAX,
} from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { NOTHING } from '../../protocol/index.ts';
import type { TopicDecision, TopicValue } from './decision.ts';
import type { AgreementEffect, AgreementMemory, Subject } from './effect.ts';
import { canRun, decideWord, type FormOptions } from './forms.ts';
import type { TopicState } from './machine.ts';
import { SYNC, Topic } from './topic.ts';

/** What the agreements of a member need to know. */
export interface AgreementsOptions extends FormOptions {
  /** Topics under way that this member proposed a bit in. Default `OWN_TOPICS_MAX`. */
  readonly ownMax?: number;
  /** The same for values. Default `OWN_VALUES_MAX`. */
  readonly ownValuesMax?: number;
  /** Topics under way that one peer spoke of first, and this member proposed nothing in. Default `PEER_TOPICS_MAX`. */
  readonly peerMax?: number;
  /** The same for values. Default `PEER_VALUES_MAX`. */
  readonly peerValuesMax?: number;
  /** What was decided is remembered for so many topics. Default `SETTLED_TOPICS_MAX`. */
  readonly settledMax?: number;
}

export const OWN_TOPICS_MAX = 32;
export const OWN_VALUES_MAX = 4;
export const PEER_TOPICS_MAX = 4;
export const PEER_VALUES_MAX = 1;
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
export interface TopicView extends Subject {
  /** What this member proposed; undefined if nothing, or if it is long settled. */
  readonly proposal: TopicValue | undefined;
  readonly decision: TopicDecision | undefined;
  /** What is under way; undefined once nobody needs this member for it any more. */
  readonly state: TopicState | undefined;
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
  readonly #settled = new Map<string, Subject & { readonly decision: TopicDecision }>();
  readonly #up = new Set<NodeId>();
  #tick = 0;
  /** Words about topics that there was no room for, or of a form that this member cannot take part in. */
  dropped = 0;

  constructor(options: AgreementsOptions) {
    this.#options = options;
  }

  /** After the constructor and before any other call. What it cannot take part in without its coin, it leaves alone. */
  restore({ open, settled }: AgreementMemory): readonly AgreementEffect[] {
    const effects: AgreementEffect[] = [];
    for (const each of settled) this.#settle(each, each.decision);
    for (const { topic, form, stated } of open) {
      if (!canRun(this.#options, form)) continue;
      const entry = this.#open({ topic, form }, this.#options.self);
      entry.restore(stated, effects);
      this.#review(entry, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The form that a proposal in this topic takes: that of what is known of it, else with the common coin if there is one. */
  formOf(topic: string, isBit: boolean): AgreementForm {
    const [common, own]: AgreementForm[] = isBit ? ['common-bit', 'bit'] : ['common-value', 'value'];
    const isKnown = (form: AgreementForm | undefined): form is AgreementForm =>
      form !== undefined &&
      (this.#settled.has(keyOf({ topic, form })) ||
        this.#topics.get(keyOf({ topic, form }))?.proposal !== undefined);
    if (isKnown(common)) return common;
    if (isKnown(own) || this.#options.coin === undefined) return own ?? 'bit';
    return common ?? 'common-bit';
  }

  /**
   * Proposes a bit or a value in a topic. Proposing the same again, or in a topic that is decided, changes nothing. Keeps the
   * reference to a value. @throws UsageError for a topic that is none, another proposal than before, or more than there is room for.
   */
  propose(topic: string, value: TopicValue): readonly AgreementEffect[] {
    checkTopic(topic);
    const subject = { topic, form: this.formOf(topic, typeof value === 'number') };
    if (this.#settled.has(keyOf(subject))) return NOTHING;
    const entry = this.#topics.get(keyOf(subject));
    if (entry?.proposal !== undefined) {
      if (entry.decision !== undefined || sameValue(entry.proposal, value)) return NOTHING;
      throw new UsageError(`this member proposed something else in "${topic}", and cannot propose this too`);
    }
    if (!canRun(this.#options, subject.form)) throw new UsageError('a value needs a common coin here');
    if (!this.hasRoom(subject)) throw new UsageError('too many agreements are under way');
    const effects: AgreementEffect[] = [];
    const opened = entry ?? this.#open(subject, this.#options.self);
    opened.propose(value, effects);
    // What others said before this member knew of the topic, or had room for it, is gone.
    this.#ask(opened, effects);
    this.#review(opened, effects);
    return effects;
  }

  /** Whether this member can take part in agreements of this form at all. */
  canRun(form: AgreementForm): boolean {
    return canRun(this.#options, form);
  }

  /** Whether there is room to propose in this topic. */
  hasRoom(subject: Subject): boolean {
    const key = keyOf(subject);
    if (this.#settled.has(key) || this.#topics.get(key)?.proposal !== undefined) return true;
    const { ownMax = OWN_TOPICS_MAX, ownValuesMax = OWN_VALUES_MAX } = this.#options;
    const isOne = isValue(subject.form);
    const count = this.#count(({ form, proposal }) => proposal !== undefined && isValue(form) === isOne);
    return count < (isOne ? ownValuesMax : ownMax);
  }

  /** A word of `from`, as the link knows it. Never throws on what a peer can send. Keeps no reference. */
  handle(from: NodeId, { topic, form, body }: AgreementWord): readonly AgreementEffect[] {
    const effects: AgreementEffect[] = [];
    const subject = { topic, form };
    if (bytesEqual(body, SYNC)) this.#tell(from, subject, effects);
    else {
      const entry = this.#topics.get(keyOf(subject)) ?? this.#admit(from, subject);
      if (entry === undefined) return NOTHING;
      if (!entry.handle(from, body, effects))
        return [{ kind: 'fault', accused: from, code: 'malformed-message' }];
      if (effects.length > 0) entry.movedTick = this.#tick;
      this.#review(entry, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The link to `peer` is up, in both directions: it is asked about everything that is under way. */
  linkUp(peer: NodeId): readonly AgreementEffect[] {
    this.#up.add(peer);
    const effects: AgreementEffect[] = [];
    for (const entry of this.#topics.values()) {
      entry.linkReset(peer);
      effects.push({ kind: 'send', to: peer, topic: entry.name, form: entry.form, body: SYNC });
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
    for (const entry of this.#topics.values()) {
      const quiet = this.#tick - entry.movedTick;
      const pause = Math.min(Math.max(STALL_TICKS, quiet >> 1), STALL_TICKS_MAX);
      if (quiet < STALL_TICKS || this.#tick - entry.askedTick < pause) continue;
      entry.retry(effects);
      this.#ask(entry, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** What was decided in a topic; undefined while nothing is, or if it is too long ago. */
  decision(subject: Subject): TopicDecision | undefined {
    const key = keyOf(subject);
    return this.#settled.get(key)?.decision ?? this.#topics.get(key)?.decision;
  }

  /** Topics under way. */
  get size(): number {
    return this.#topics.size;
  }

  /** Of those, such as this member proposed something in, and that are not decided. */
  get undecided(): number {
    return this.#count(({ proposal, decision }) => proposal !== undefined && decision === undefined);
  }

  /** What is known of an agreement; undefined if it was never heard of, or too long ago. */
  inspect(subject: Subject): TopicView | undefined {
    const entry = this.#topics.get(keyOf(subject));
    const decision = this.decision(subject);
    if (entry === undefined && decision === undefined) return undefined;
    const { topic, form } = subject;
    return {
      ...{ topic, form, decision, proposal: entry?.proposal, state: entry?.inspect() },
      quietTicks: entry === undefined ? 0 : this.#tick - Math.max(0, entry.movedTick),
    };
  }

  /** The agreements that are known under this name: first such as this member proposed something in or knows the end of. */
  named(topic: string): readonly Subject[] {
    const all = AGREEMENT_FORMS.map((form) => ({ topic, form }));
    const heard = all.filter((subject) => this.#topics.has(keyOf(subject)));
    const own = all.filter((subject) => this.#isOwn(subject));
    return [...own, ...heard.filter((subject) => !own.includes(subject))];
  }

  /** Agreements under way, then those settled, newest first. */
  list(): readonly Subject[] {
    const open = [...this.#topics.values()].map(({ name, form }) => ({ topic: name, form }));
    return [...open, ...[...this.#settled.values()].reverse().map(({ topic, form }) => ({ topic, form }))];
  }

  #isOwn(subject: Subject): boolean {
    return this.decision(subject) !== undefined || this.#topics.get(keyOf(subject))?.proposal !== undefined;
  }

  /** A topic that a peer speaks of first; undefined if it is settled, or if that peer has too many under way. */
  #admit(from: NodeId, subject: Subject): Topic | undefined {
    if (this.#settled.has(keyOf(subject))) return undefined;
    const { peerMax = PEER_TOPICS_MAX, peerValuesMax = PEER_VALUES_MAX } = this.#options;
    const isOne = isValue(subject.form);
    const isOf = ({ openedBy, proposal, form }: Topic): boolean =>
      openedBy === from && proposal === undefined && isValue(form) === isOne;
    if (this.canRun(subject.form) && this.#count(isOf) < (isOne ? peerValuesMax : peerMax))
      return this.#open(subject, from);
    this.dropped += 1;
    return undefined;
  }

  #open(subject: Subject, openedBy: NodeId): Topic {
    const isUp = (peer: NodeId): boolean => this.#up.has(peer);
    const { topic: name, form } = subject;
    const entry = new Topic({ ...this.#options, name, form, openedBy, isUp });
    entry.movedTick = this.#tick;
    this.#topics.set(keyOf(subject), entry);
    return entry;
  }

  #tell(from: NodeId, subject: Subject, effects: AgreementEffect[]): void {
    const { topic, form } = subject;
    const entry = this.#topics.get(keyOf(subject));
    const decision = this.#settled.get(keyOf(subject))?.decision;
    if (entry !== undefined) entry.tell(from, this.#tick, TELL_TICKS, effects);
    else if (decision !== undefined && this.#up.has(from))
      effects.push({ kind: 'send', to: from, topic, form, body: decideWord(form, decision) });
  }

  #ask(entry: Topic, effects: AgreementEffect[]): void {
    const { name: topic, form } = entry;
    entry.askedTick = this.#tick;
    for (const to of this.#up) effects.push({ kind: 'send', to, topic, form, body: SYNC });
  }

  /** Lets go of an agreement that has ended, but for what was decided. */
  #review(entry: Topic, effects: AgreementEffect[]): void {
    const { decision, name: topic, form } = entry;
    if (!entry.ended || decision === undefined) return;
    this.#topics.delete(keyOf({ topic, form }));
    this.#settle({ topic, form }, decision);
    effects.push({ kind: 'settled', topic, form, decision });
  }

  #settle({ topic, form }: Subject, decision: TopicDecision): void {
    const { settledMax = SETTLED_TOPICS_MAX } = this.#options;
    this.#settled.set(keyOf({ topic, form }), { topic, form, decision });
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > settledMax && oldest !== undefined) this.#settled.delete(oldest);
  }

  #count(is: (entry: Topic) => boolean): number {
    let count = 0;
    for (const entry of this.#topics.values()) if (is(entry)) count += 1;
    return count;
  }
}

/** An agreement as the key of a map. No name of a form has a space in it. */
export function keyOf({ topic, form }: Subject): string {
  return `${form} ${topic}`;
}

/** Whether two proposals are the same. */
export function sameValue(one: TopicValue, other: TopicValue): boolean {
  if (typeof one === 'number' || typeof other === 'number') return one === other;
  return bytesEqual(one, other);
}

function isValue(form: AgreementForm): boolean {
  return form === 'value' || form === 'common-value';
}

/** @throws UsageError that says what is wrong with a topic. */
export function checkTopic(topic: string): void {
  // A lone surrogate has no UTF-8: what is read back would be another topic.
  if (/\p{Surrogate}/u.test(topic)) throw new UsageError('a topic is well-formed text');
  const { length } = encodeUtf8(topic);
  if (length < 1 || length > TOPIC_BYTES_MAX)
    throw new UsageError(`a topic has 1 to ${TOPIC_BYTES_MAX} bytes of UTF-8, not ${length}`);
}
