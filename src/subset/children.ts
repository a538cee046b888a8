import {
  type AgreementView,
  BinaryAgreement,
  Bracha87,
  type Bracha87View,
  type Bracha87WireMessage,
  type Decision,
  shortSteps,
} from '../agreement/index.ts';
import { assert, type Bit, bytesEqual, concatBytes } from '../base/index.ts';
import { Bracha, type BrachaOutput, type BroadcastForm, rulesOf } from '../broadcast/index.ts';
import type { AgreementMessage, InstanceMessage } from '../codec/index.ts';
import { type Coin, type CoinScope, INSTANCE_BYTES_MAX } from '../coin/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import { type Effects, NOTHING } from '../protocol/index.ts';
import type { CommonSubsetOptions } from './common-subset.ts';
import type { Child } from './factory.ts';

/** What the broadcasts of a subset need to know. */
export interface ProposalOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly form: BroadcastForm;
  /** Names a payload as that of this proposer in this subset and nowhere else. */
  readonly digestOf: (proposer: NodeId, payload: Uint8Array) => Digest;
  /** Whether a proposal may be in. Deterministic, the same at every member; must not keep its argument. */
  readonly valid: (payload: Uint8Array) => boolean;
  readonly payloadBytesMax: number;
}

/** A subset over Bracha's broadcast and binary agreement with a common coin. */
export interface BrachaSubsetOptions extends ProposalOptions {
  readonly coin: Coin;
  /** Names this subset for its coins; at most 253 bytes. Each agreement adds its proposer. */
  readonly scope: CoinScope;
}

/** A subset over Bracha's broadcast and Bracha's agreement, which needs no coins but such as each member tosses itself. */
export interface LocalSubsetOptions extends ProposalOptions {
  /** A fair bit that nobody else can know: asked at most once a phase and proposer. */
  readonly toss: (phase: number, proposer: NodeId) => Bit;
  /** As of `Bracha87`. */
  readonly phasesMax?: number;
}

/** The options of a common subset whose agreements tell where they stand. */
export interface InspectableSubset<A, View> extends CommonSubsetOptions<InstanceMessage, A> {
  readonly agreementOf: (proposer: NodeId) => Child<Bit, A, Decision> & { inspect(): View };
}

/** The options of a common subset over these two protocols. */
export function brachaSubset(
  options: BrachaSubsetOptions,
): InspectableSubset<AgreementMessage, AgreementView> {
  const { committee, self, coin, scope } = options;
  assert(scope.instance.length <= INSTANCE_BYTES_MAX - 2, 'the name of a subset has at most 253 bytes');
  return {
    ...proposals(options),
    agreementOf: (proposer) => {
      const instance = concatBytes(scope.instance, Uint8Array.of(proposer >> 8, proposer & 0xff));
      return new BinaryAgreement({ committee, self, coin, scope: { ...scope, instance } });
    },
  };
}

/** The options of a common subset with coins of one's own: without anything dealt, at the price of n broadcasts a step. */
export function localSubset(
  options: LocalSubsetOptions,
): InspectableSubset<Bracha87WireMessage, Bracha87View> {
  return { ...proposals(options), agreementOf: (proposer) => new LocalAgreement(options, proposer) };
}

function proposals({ committee, self, form, digestOf, valid, payloadBytesMax }: ProposalOptions) {
  const rules = rulesOf(committee, form);
  return {
    committee,
    self,
    broadcastOf: (sender: NodeId) => {
      const digest = (payload: Uint8Array): Digest => digestOf(sender, payload);
      return new AnsweringBracha(
        new Bracha({ committee, self, sender, rules, digestOf: digest, valid, payloadBytesMax }),
      );
    },
    kept: (
      proposer: NodeId,
      payload: Uint8Array,
      said: readonly InstanceMessage[],
    ): InstanceMessage | undefined => {
      const digest = digestOf(proposer, payload);
      const vouched = said.some((message) => message.kind === 'echo' && bytesEqual(message.digest, digest));
      return vouched ? { kind: 'payload', payload } : undefined;
    },
  };
}

/** Bracha's agreement as a child: all that was said is owed to whoever may have lost it. */
class LocalAgreement implements Child<Bit, Bracha87WireMessage, Decision> {
  readonly #inner: ReturnType<typeof localAgreement>;

  constructor(options: LocalSubsetOptions, proposer: NodeId) {
    this.#inner = localAgreement(options, proposer);
  }

  get terminated(): boolean {
    return this.#inner.terminated;
  }

  get proposed(): boolean {
    return this.#inner.proposed;
  }

  propose(value: Bit): Effects<Bracha87WireMessage, Decision> {
    return this.#inner.propose(value);
  }

  handle(from: NodeId, message: Bracha87WireMessage): Effects<Bracha87WireMessage, Decision> {
    return this.#inner.handle(from, message);
  }

  restore(said: readonly Bracha87WireMessage[]): Effects<Bracha87WireMessage, Decision> {
    return this.#inner.restore(said);
  }

  owedTo(): readonly Bracha87WireMessage[] {
    return this.#inner.said();
  }

  linkReset(peer: NodeId): void {
    this.#inner.linkReset(peer);
  }

  inspect(): Bracha87View {
    return this.#inner.inspect();
  }
}

function localAgreement({ committee, self, toss, phasesMax }: LocalSubsetOptions, proposer: NodeId) {
  return new Bracha87({
    committee,
    self,
    broadcast: shortSteps(committee, self),
    toss: (phase) => toss(phase, proposer),
    ...(phasesMax === undefined ? {} : { phasesMax }),
  });
}

/** Bracha's broadcast ends with delivery, and others may still ask for the payload: this answers them. */
class AnsweringBracha implements Child<Uint8Array, InstanceMessage, BrachaOutput> {
  readonly #inner: Bracha;
  readonly #answered = new Set<NodeId>();
  #delivered: BrachaOutput | undefined;

  constructor(inner: Bracha) {
    this.#inner = inner;
  }

  get terminated(): boolean {
    return this.#inner.terminated;
  }

  propose(payload: Uint8Array): Effects<InstanceMessage, BrachaOutput> {
    return this.#noted(this.#inner.propose(payload));
  }

  handle(from: NodeId, message: InstanceMessage): Effects<InstanceMessage, BrachaOutput> {
    if (this.#delivered === undefined) return this.#noted(this.#inner.handle(from, message));
    if (message.kind !== 'pull' || this.#answered.has(from)) return NOTHING;
    if (!bytesEqual(message.digest, this.#delivered.digest)) return NOTHING;
    this.#answered.add(from);
    return [{ kind: 'send', to: from, message: { kind: 'payload', payload: this.#delivered.payload } }];
  }

  restore(said: readonly InstanceMessage[]): Effects<InstanceMessage, BrachaOutput> {
    return this.#noted(this.#inner.restore(said));
  }

  retry(): Effects<InstanceMessage, BrachaOutput> {
    return this.#noted(this.#inner.retry());
  }

  owedTo(peer: NodeId): readonly InstanceMessage[] {
    return this.#inner.owedTo(peer);
  }

  linkReset(peer: NodeId): void {
    this.#answered.delete(peer);
    this.#inner.linkReset(peer);
  }

  #noted(effects: Effects<InstanceMessage, BrachaOutput>): Effects<InstanceMessage, BrachaOutput> {
    for (const effect of effects) if (effect.kind === 'output') this.#delivered = effect.output;
    return effects;
  }
}
