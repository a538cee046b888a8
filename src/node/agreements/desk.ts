import { checkCall, encodeUtf8, UsageError } from '../../base/index.ts';
import { VALUE_BYTES_MAX } from '../../codec/index.ts';
import {
  type AgreementEffect,
  type AgreementMemory,
  type Agreements,
  checkTopic,
  keyOf,
  LOCAL_VALUE_MEMBERS_MAX,
  OWN_TOPICS_MAX,
  OWN_VALUES_MAX,
  SETTLED_TOPICS_MAX,
  type Subject,
  sameValue,
  type TopicValue,
} from '../../member/index.ts';
import { QuorumcastError } from '../errors.ts';
import { abortError, forgiving, withSignal } from '../wait.ts';
import type {
  AgreeingNode,
  AgreementCounts,
  AgreementValue,
  AgreementView,
  AgreeOptions,
  AnyAgreement,
} from './api.ts';
import { type AgreementContext, agreementOf, agreementView, shownValue } from './explain.ts';

/** What callers' agreements need of the node. */
export interface AgreementDeskOptions extends AgreementContext {
  readonly agreements: Agreements;
  /** What was decided in former lives. */
  readonly settled: AgreementMemory['settled'];
  /** Hands a proposal to the member; what comes of it leaves with the next turn. @throws UsageError */
  readonly propose: (topic: string, value: TopicValue) => void;
  /** Whether this member itself would vouch for a value. */
  readonly validValue: (topic: string, value: Uint8Array) => boolean;
  /** Why nothing new is taken; undefined while all is well. */
  readonly refusal: () => QuorumcastError | undefined;
  /** Told once of every decision of this life. */
  readonly onDecided: (agreement: AnyAgreement) => void;
}

/** More than the state machine knows the decisions of, so that none of those is missing here. */
const DECIDED_MAX = 2 * SETTLED_TOPICS_MAX;

interface Waiter {
  readonly resolve: (agreement: AnyAgreement) => void;
  /** The node ends before it is decided. */
  readonly close: () => void;
}

/** Agreements as the node's callers see them. */
export class AgreementDesk {
  readonly #options: AgreementDeskOptions;
  /** By agreement: who waits for it. */
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** What was decided, once it is durable: nobody is told before. */
  readonly #durable = new Map<string, AnyAgreement>();
  #decided = 0;
  #closed = false;

  constructor(options: AgreementDeskOptions) {
    this.#options = options;
    for (const each of options.settled) this.#remember(each, agreementOf(each.topic, each.decision));
  }

  /** See `QuorumcastNode.agree`. The decision is of the kind of the proposal. */
  readonly agree = ((
    topic: string,
    value: AgreementValue | boolean | Uint8Array | string,
    options: AgreeOptions = {},
  ): Promise<AnyAgreement> => forgiving(this.#agree(topic, value, options))) as AgreeingNode['agree'];

  /** See `QuorumcastNode.agreement`. */
  readonly agreement = (topic: string): AgreementView | undefined => {
    const [subject] = this.#options.agreements.named(topic);
    return subject && this.#view(subject);
  };

  /** See `QuorumcastNode.agreements`. */
  readonly list = (limit?: number): readonly AgreementView[] =>
    this.#options.agreements
      .list()
      .slice(0, limit)
      .flatMap((subject) => this.#view(subject) ?? []);

  /** Durable by now. */
  decided(effect: Extract<AgreementEffect, { readonly kind: 'decided' }>): void {
    const agreement = agreementOf(effect.topic, effect.decision);
    this.#remember(effect, agreement);
    for (const { resolve } of this.#waiters.get(keyOf(effect)) ?? []) resolve(agreement);
    this.#waiters.delete(keyOf(effect));
    if (effect.again) return;
    this.#decided += 1;
    this.#options.onDecided(agreement);
  }

  counts(): AgreementCounts {
    const { size, undecided, dropped } = this.#options.agreements;
    return { underWay: size, undecided, decided: this.#decided, dropped };
  }

  /** Ends whoever waits. */
  close(): void {
    this.#closed = true;
    for (const waiters of this.#waiters.values()) for (const { close } of waiters) close();
    this.#waiters.clear();
  }

  #view(subject: Subject): AgreementView | undefined {
    const view = this.#options.agreements.inspect(subject);
    return view && agreementView(view, this.#durable.get(keyOf(subject)), this.#options);
  }

  #remember(subject: Subject, agreement: AnyAgreement): void {
    this.#durable.set(keyOf(subject), agreement);
    const [oldest] = this.#durable.keys();
    if (this.#durable.size > DECIDED_MAX && oldest !== undefined) this.#durable.delete(oldest);
  }

  async #agree(
    topic: string,
    given: AgreementValue | boolean | Uint8Array | string,
    options: AgreeOptions,
  ): Promise<AnyAgreement> {
    checkCall('agree', options, ['signal']);
    const refusal = this.#options.refusal();
    if (refusal !== undefined) throw refusal;
    const { signal } = options;
    if (signal?.aborted === true) throw abortError(signal, `agreeing on "${topic}"`);
    const value = proposedValue(given);
    const subject = this.#check(topic, value);
    const known = this.#durable.get(keyOf(subject));
    if (known !== undefined) return known;
    const pending = this.#wait(subject);
    this.#options.propose(topic, value);
    return withSignal(pending, signal, `agreeing on "${topic}"`);
  }

  /** Which agreement it is. @throws QuorumcastError */
  #check(topic: string, value: TopicValue): Subject {
    try {
      checkTopic(topic);
    } catch (error) {
      throw asUsage(error);
    }
    const { agreements, validValue } = this.#options;
    const subject = { topic, form: agreements.formOf(topic, typeof value === 'number') };
    for (const known of agreements.named(topic)) this.#checkConflict(known, subject, value);
    if (this.#durable.has(keyOf(subject))) return subject;
    if (!agreements.canRun(subject.form))
      throw new QuorumcastError(
        'ERR_USAGE',
        `more than ${LOCAL_VALUE_MEMBERS_MAX} members agree on bytes with a common coin only, and this node has none`,
        { hint: 'deal one with `quorumcast cluster deal`, or broadcast the value and agree on yes or no' },
      );
    if (typeof value !== 'number' && !validValue(topic, value))
      throw new QuorumcastError(
        'ERR_USAGE',
        `this node's own \`validateValue\` refuses ${shownValue(value)}: no member would vouch for it`,
      );
    if (agreements.hasRoom(subject)) return subject;
    const [max, what] = typeof value === 'number' ? [OWN_TOPICS_MAX, ''] : [OWN_VALUES_MAX, ' on values'];
    throw new QuorumcastError(
      'ERR_BACKLOG_FULL',
      `${max} agreements${what} of this member are under way already`,
      {
        hint: 'wait for one to be decided; `quorumcast agreements` tells what each waits for',
        retryable: true,
      },
    );
  }

  #checkConflict(known: Subject, subject: Subject, value: TopicValue): void {
    const { agreements } = this.#options;
    const proposal = agreements.inspect(known)?.proposal;
    const decision = agreements.decision(known);
    const isSame = keyOf(known) === keyOf(subject);
    if (proposal === undefined && (decision === undefined || isSame)) return;
    if (isSame && (decision !== undefined || proposal === undefined || sameValue(proposal, value))) return;
    const what =
      proposal === undefined
        ? `the members decided ${shownValue(decision?.value ?? 0)} in "${known.topic}", which was another kind of question`
        : `this member proposed ${shownValue(proposal)} in "${known.topic}", and says nothing else`;
    throw new QuorumcastError('ERR_IDEMPOTENCY_CONFLICT', what, {
      hint: 'wait for the decision, or use a new topic for a new question',
    });
  }

  #wait(subject: Subject): Promise<AnyAgreement> {
    if (this.#closed) return Promise.reject(closedError(subject.topic));
    const key = keyOf(subject);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(key) ?? new Set<Waiter>();
      this.#waiters.set(key, waiters.add({ resolve, close: () => reject(closedError(subject.topic)) }));
    });
  }
}

/** A copy. @throws QuorumcastError ERR_USAGE, ERR_PAYLOAD_TOO_LARGE */
function proposedValue(given: AgreementValue | boolean | Uint8Array | string): TopicValue {
  if (given === true || given === 1) return 1;
  if (given === false || given === 0) return 0;
  const hint = `what is longer, broadcast it and agree on its digest, or on whether to do it`;
  if (typeof given === 'string' && /\p{Surrogate}/u.test(given))
    throw new QuorumcastError('ERR_USAGE', 'a text to agree on is well-formed', {
      hint: 'pass bytes instead',
    });
  const bytes =
    typeof given === 'string'
      ? encodeUtf8(given)
      : given instanceof Uint8Array
        ? new Uint8Array(given)
        : undefined;
  if (bytes === undefined)
    throw new QuorumcastError(
      'ERR_USAGE',
      `members agree on 0 or 1, or on bytes or text, not on ${String(given)}`,
      {
        hint,
      },
    );
  if (bytes.length === 0)
    throw new QuorumcastError('ERR_USAGE', 'members agree on at least one byte', {
      hint: 'say "none" in a word',
    });
  if (bytes.length > VALUE_BYTES_MAX)
    throw new QuorumcastError(
      'ERR_PAYLOAD_TOO_LARGE',
      `members agree on at most ${VALUE_BYTES_MAX} bytes, not ${bytes.length}`,
      { hint },
    );
  return bytes;
}

function asUsage(error: unknown): unknown {
  return error instanceof UsageError
    ? new QuorumcastError('ERR_USAGE', error.message, { cause: error })
    : error;
}

function closedError(topic: string): QuorumcastError {
  return new QuorumcastError('ERR_CLOSED', `the node closed before "${topic}" was decided here`, {
    hint: 'it goes on with it when it runs again; ask again then',
    definite: false,
    retryable: true,
  });
}
