import type { Signal } from '../base/index.ts';
import {
  assert,
  type Bit,
  checkCall,
  encodeUtf8,
  Prng,
  QuorumcastError,
  SIGNAL_ONLY,
  UsageError,
} from '../base/index.ts';
import { VALUE_BYTES_MAX } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import { asDigest, portableSha256 } from '../crypto/index.ts';
import {
  type AgreementEffect,
  type AgreementParticipant,
  Agreements,
  keyOf,
  type Subject,
  sameValue,
  type TopicDecision,
  type TopicValue,
} from '../member/index.ts';
import { AGREEMENT_LIARS, type AgreementLiarName } from '../simulator/index.ts';
import type { TestAgreement, TestNode } from './api.ts';
import { nameOf } from './deliveries.ts';
import type { TestClusterPlan } from './options.ts';
import type { World } from './world.ts';

type Letter = Extract<AgreementEffect, { readonly kind: 'send' }> & { readonly from: NodeId };

/** One member: its state machine, who answers in its place, and what is durable. */
interface Seat {
  agreements: Agreements;
  acting: AgreementParticipant;
  readonly stated: Map<string, Subject & { readonly stated: Uint8Array[] }>;
  readonly settled: Map<string, Subject & { readonly decision: TopicDecision }>;
}

const EPOCH = 1;

/** The agreements of a cluster in virtual time: the real state machines, over links that the world brings up and down. */
export class VirtualAgreements {
  readonly #plan: TestClusterPlan;
  readonly #prng: Prng;
  readonly #seats: readonly Seat[];
  #letters: Letter[] = [];

  constructor(plan: TestClusterPlan) {
    this.#plan = plan;
    // Of its own, so that broadcasts take the course that they take without agreements.
    this.#prng = new Prng(plan.seed);
    this.#seats = plan.committee.ids.map((id) => ({
      ...this.#make(id),
      stated: new Map(),
      settled: new Map(),
    }));
  }

  /** Whether somebody waits for a decision here. */
  get busy(): boolean {
    return this.#letters.length > 0 || this.#seats.some(({ agreements }) => agreements.undecided > 0);
  }

  of(id: NodeId): Agreements {
    return this.#seat(id).agreements;
  }

  propose(id: NodeId, topic: string, value: TopicValue): void {
    this.#carry(id, this.#seat(id).acting.propose(topic, value));
  }

  /** Delivers one message, chosen by the seed. False: there is none. */
  step(): boolean {
    const at = this.#letters.length === 0 ? 0 : this.#prng.below(this.#letters.length);
    const [letter] = this.#letters.splice(at, 1);
    if (letter === undefined) return false;
    const { from, to, topic, form, body } = letter;
    this.#carry(to, this.#seat(to).acting.handle(from, { topic, form, body }));
    return true;
  }

  tick(id: NodeId): void {
    this.#carry(id, this.#seat(id).acting.tick());
  }

  connect(a: NodeId, b: NodeId): void {
    this.#carry(a, this.#seat(a).acting.linkUp(b));
    this.#carry(b, this.#seat(b).acting.linkUp(a));
  }

  /** What is under way between them is lost. */
  disconnect(a: NodeId, b: NodeId): void {
    const isBetween = ({ from, to }: Letter): boolean => (from === a && to === b) || (from === b && to === a);
    this.#letters = this.#letters.filter((letter) => !isBetween(letter));
    this.#seat(a).acting.linkDown(b);
    this.#seat(b).acting.linkDown(a);
  }

  /** With what is durable, before its links come up. */
  restart(id: NodeId): void {
    const seat = this.#seat(id);
    Object.assign(seat, this.#make(id));
    const memory = { open: [...seat.stated.values()], settled: [...seat.settled.values()] };
    this.#carry(id, seat.acting.restore(memory));
  }

  #seat(id: NodeId): Seat {
    const seat = this.#seats[id];
    assert(seat !== undefined, 'a seat for every member');
    return seat;
  }

  #make(self: NodeId): Pick<Seat, 'agreements' | 'acting'> {
    const { committee, byzantine } = this.#plan;
    const cluster = asDigest(new Uint8Array(32));
    assert(cluster !== undefined, '32 bytes are a digest');
    const toss = (): Bit => (this.#prng.below(2) === 0 ? 0 : 1);
    const agreements = new Agreements({
      committee,
      self,
      toss,
      sha256: portableSha256,
      cluster,
      epoch: EPOCH,
    });
    const name = byzantine.get(self);
    if (name === undefined) return { agreements, acting: agreements };
    const liar = Object.hasOwn(AGREEMENT_LIARS, name) ? (name as AgreementLiarName) : 'contrary';
    return { agreements, acting: AGREEMENT_LIARS[liar].make(agreements) };
  }

  #carry(from: NodeId, effects: readonly AgreementEffect[]): void {
    const { stated, settled } = this.#seat(from);
    for (const effect of effects) {
      if (effect.kind === 'send') this.#letters.push({ ...effect, from });
      else if (effect.kind === 'stated') {
        const { topic, form, statement } = effect;
        const known = stated.get(keyOf(effect)) ?? { topic, form, stated: [] };
        known.stated.push(statement);
        stated.set(keyOf(effect), known);
      } else if (effect.kind === 'settled') {
        const { topic, form, decision } = effect;
        stated.delete(keyOf(effect));
        settled.set(keyOf(effect), { topic, form, decision });
      }
    }
  }
}

/** `agree` of one node in virtual time. */
export function agreeing(world: World, id: NodeId): TestNode['agree'] {
  const agree = async (
    topic: string,
    given: TopicValue | boolean | string,
    options: { readonly signal?: Signal } = {},
  ): Promise<TestAgreement<TopicValue>> => {
    checkCall('agree', options, SIGNAL_ONLY);
    const value = proposedValue(given);
    requireUp(world, id, topic);
    const agreements = world.agreements.of(id);
    const subject = { topic, form: agreements.formOf(topic, typeof value === 'number') };
    propose(world, id, subject, value);
    world.touch();
    const decision = (): TopicDecision | undefined => world.agreements.of(id).decision(subject);
    const done = (): boolean => decision() !== undefined || world.isCrashed(id);
    const outcome = await world.until(done, options.signal);
    const decided = decision();
    if (outcome === 'done' && decided !== undefined)
      return { topic, value: decided.value, phase: decided.round };
    if (outcome === 'aborted') throw undecided('ERR_ABORTED', topic, 'was aborted');
    if (outcome === 'rest')
      throw undecided('ERR_TIMEOUT', topic, 'ends: nothing more can happen, too few proposed');
    throw undecided('ERR_CLOSED', topic, `ends: ${nameOf(id)} is closed`);
  };
  return ((topic, given, options) => {
    const promise = agree(topic, given, options);
    promise.catch(() => undefined);
    return promise;
  }) as TestNode['agree'];
}

function propose(world: World, id: NodeId, subject: Subject, value: TopicValue): void {
  const { topic } = subject;
  const agreements = world.agreements.of(id);
  const proposal = agreements.inspect(subject)?.proposal;
  if (proposal !== undefined && agreements.decision(subject) === undefined && !sameValue(proposal, value))
    throw new QuorumcastError(
      'ERR_IDEMPOTENCY_CONFLICT',
      `${nameOf(id)} proposed something else in "${topic}"`,
      {
        hint: 'wait for the decision, or use a new topic for a new question',
      },
    );
  if (agreements.canRun(subject.form) && !agreements.hasRoom(subject))
    throw new QuorumcastError('ERR_BACKLOG_FULL', `too many agreements of ${nameOf(id)} are under way`, {
      hint: 'wait for one to be decided',
      retryable: true,
    });
  try {
    world.agreements.propose(id, topic, value);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new QuorumcastError('ERR_USAGE', error.message, { cause: error });
  }
}

function requireUp(world: World, id: NodeId, topic: string): void {
  if (!world.isCrashed(id) && !world.closed) return;
  throw undecided('ERR_CLOSED', topic, `cannot begin: ${nameOf(id)} is closed`);
}

function undecided(
  code: 'ERR_ABORTED' | 'ERR_CLOSED' | 'ERR_TIMEOUT',
  topic: string,
  what: string,
): QuorumcastError {
  return new QuorumcastError(code, `the waiting for "${topic}" ${what}`, {
    hint: 'the proposal stands, if it was made: ask again with the same call',
    definite: false,
    retryable: true,
  });
}

function proposedValue(given: TopicValue | boolean | string): TopicValue {
  if (given === true || given === 1) return 1;
  if (given === false || given === 0) return 0;
  const bytes = typeof given === 'string' ? encodeUtf8(given) : new Uint8Array(given);
  if (bytes.length >= 1 && bytes.length <= VALUE_BYTES_MAX) return bytes;
  const code = bytes.length === 0 ? 'ERR_USAGE' : 'ERR_PAYLOAD_TOO_LARGE';
  throw new QuorumcastError(code, `members agree on 1 to ${VALUE_BYTES_MAX} bytes, not ${bytes.length}`, {
    hint: 'what is longer, broadcast it and agree on its digest, or on whether to do it',
  });
}
