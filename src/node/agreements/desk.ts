import { checkCall, UsageError } from '../../base/index.ts';
import {
  type AgreementEffect,
  type AgreementMemory,
  type Agreements,
  checkTopic,
  OWN_TOPICS_MAX,
  SETTLED_TOPICS_MAX,
} from '../../member/index.ts';
import { QuorumcastError } from '../errors.ts';
import { abortError, forgiving, withSignal } from '../wait.ts';
import type { Agreement, AgreementCounts, AgreementValue, AgreementView, AgreeOptions } from './api.ts';
import { type AgreementContext, agreementOf, agreementView } from './explain.ts';

/** What callers' agreements need of the node. */
export interface AgreementDeskOptions extends AgreementContext {
  readonly agreements: Agreements;
  /** What was decided in former lives. */
  readonly settled: AgreementMemory['settled'];
  /** Hands a proposal to the member; what comes of it leaves with the next turn. @throws UsageError */
  readonly propose: (topic: string, value: AgreementValue) => void;
  /** Why nothing new is taken; undefined while all is well. */
  readonly refusal: () => QuorumcastError | undefined;
  /** Told once of every decision of this life. */
  readonly onDecided: (agreement: Agreement) => void;
}

/** More than the state machine knows the decisions of, so that none of those is missing here. */
const DECIDED_MAX = 2 * SETTLED_TOPICS_MAX;

interface Waiter {
  readonly resolve: (agreement: Agreement) => void;
  readonly reject: (error: QuorumcastError) => void;
}

/** Agreements as the node's callers see them. */
export class AgreementDesk {
  readonly #options: AgreementDeskOptions;
  /** By topic: who waits for it. */
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** What was decided, once it is durable: nobody is told before. */
  readonly #durable = new Map<string, Agreement>();
  #decided = 0;
  #closed = false;

  constructor(options: AgreementDeskOptions) {
    this.#options = options;
    for (const { topic, decision } of options.settled) this.#remember(agreementOf(topic, decision));
  }

  /** See `QuorumcastNode.agree`. */
  readonly agree = (
    topic: string,
    value: AgreementValue | boolean,
    options: AgreeOptions = {},
  ): Promise<Agreement> => forgiving(this.#agree(topic, value, options));

  /** See `QuorumcastNode.agreement`. */
  readonly agreement = (topic: string): AgreementView | undefined => {
    const view = this.#options.agreements.inspect(topic);
    return view && agreementView(view, this.#durable.get(topic), this.#options);
  };

  /** See `QuorumcastNode.agreements`. */
  readonly list = (limit?: number): readonly AgreementView[] =>
    this.#options.agreements
      .list()
      .slice(0, limit)
      .flatMap((topic) => this.agreement(topic) ?? []);

  /** Durable by now. */
  decided({ topic, decision, again }: Extract<AgreementEffect, { readonly kind: 'decided' }>): void {
    const agreement = agreementOf(topic, decision);
    this.#remember(agreement);
    for (const { resolve } of this.#waiters.get(topic) ?? []) resolve(agreement);
    this.#waiters.delete(topic);
    if (again) return;
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
    for (const [topic, waiters] of this.#waiters)
      for (const { reject } of waiters) reject(closedError(topic));
    this.#waiters.clear();
  }

  #remember(agreement: Agreement): void {
    this.#durable.set(agreement.topic, agreement);
    const [oldest] = this.#durable.keys();
    if (this.#durable.size > DECIDED_MAX && oldest !== undefined) this.#durable.delete(oldest);
  }

  async #agree(topic: string, given: AgreementValue | boolean, options: AgreeOptions): Promise<Agreement> {
    checkCall('agree', options, ['signal']);
    const refusal = this.#options.refusal();
    if (refusal !== undefined) throw refusal;
    const { signal } = options;
    if (signal?.aborted === true) throw abortError(signal, `agreeing on "${topic}"`);
    const value = bitOf(given);
    this.#check(topic, value);
    const known = this.#durable.get(topic);
    if (known !== undefined) return known;
    const pending = this.#wait(topic);
    this.#options.propose(topic, value);
    return withSignal(pending, signal, `agreeing on "${topic}"`);
  }

  #check(topic: string, value: AgreementValue): void {
    try {
      checkTopic(topic);
    } catch (error) {
      throw asUsage(error);
    }
    const { agreements } = this.#options;
    const proposal = agreements.inspect(topic)?.proposal;
    if (proposal !== undefined && proposal !== value && agreements.decision(topic) === undefined)
      throw new QuorumcastError(
        'ERR_IDEMPOTENCY_CONFLICT',
        `this member proposed ${proposal} in "${topic}", and says nothing else`,
        { hint: 'wait for the decision, or use a new topic for a new question' },
      );
    if (agreements.hasRoom(topic)) return;
    throw new QuorumcastError(
      'ERR_BACKLOG_FULL',
      `${OWN_TOPICS_MAX} agreements of this member are under way already`,
      {
        hint: 'wait for one to be decided; `quorumcast agreements` tells what each waits for',
        retryable: true,
      },
    );
  }

  #wait(topic: string): Promise<Agreement> {
    if (this.#closed) return Promise.reject(closedError(topic));
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(topic) ?? new Set<Waiter>();
      this.#waiters.set(topic, waiters.add({ resolve, reject }));
    });
  }
}

/** @throws QuorumcastError ERR_USAGE */
function bitOf(given: AgreementValue | boolean): AgreementValue {
  if (given === true || given === 1) return 1;
  if (given === false || given === 0) return 0;
  throw new QuorumcastError('ERR_USAGE', `members agree on 0 or 1, not on ${String(given)}`, {
    hint: 'broadcast what it is about, and agree on whether to do it',
  });
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
