import { BinaryAgreement } from '../agreement/index.ts';
import { assert, bytesEqual, concatBytes } from '../base/index.ts';
import { Bracha, type BrachaOutput, type BroadcastForm, rulesOf } from '../broadcast/index.ts';
import type { AgreementMessage, InstanceMessage } from '../codec/index.ts';
import { type Coin, type CoinScope, INSTANCE_BYTES_MAX } from '../coin/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import { type Effects, NOTHING } from '../protocol/index.ts';
import type { CommonSubsetOptions } from './common-subset.ts';
import type { Child } from './factory.ts';

/** A subset over Bracha's broadcast and binary agreement with a common coin. */
export interface BrachaSubsetOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly form: BroadcastForm;
  /** Names a payload as that of this proposer in this subset and nowhere else. */
  readonly digestOf: (proposer: NodeId, payload: Uint8Array) => Digest;
  /** Whether a proposal may be in. Deterministic, the same at every member; must not keep its argument. */
  readonly valid: (payload: Uint8Array) => boolean;
  readonly payloadBytesMax: number;
  readonly coin: Coin;
  /** Names this subset for its coins; at most 253 bytes. Each agreement adds its proposer. */
  readonly scope: CoinScope;
}

/** The options of a common subset over these two protocols. */
export function brachaSubset(
  options: BrachaSubsetOptions,
): CommonSubsetOptions<InstanceMessage, AgreementMessage> {
  const { committee, self, form, digestOf, valid, payloadBytesMax, coin, scope } = options;
  assert(scope.instance.length <= INSTANCE_BYTES_MAX - 2, 'the name of a subset has at most 253 bytes');
  const rules = rulesOf(committee, form);
  return {
    committee,
    self,
    broadcastOf: (sender) => {
      const digest = (payload: Uint8Array): Digest => digestOf(sender, payload);
      return new AnsweringBracha(
        new Bracha({ committee, self, sender, rules, digestOf: digest, valid, payloadBytesMax }),
      );
    },
    agreementOf: (proposer) => {
      const instance = concatBytes(scope.instance, Uint8Array.of(proposer >> 8, proposer & 0xff));
      return new BinaryAgreement({ committee, self, coin, scope: { ...scope, instance } });
    },
    kept: (proposer, payload, said) => {
      const digest = digestOf(proposer, payload);
      const vouched = said.some((message) => message.kind === 'echo' && bytesEqual(message.digest, digest));
      return vouched ? { kind: 'payload', payload } : undefined;
    },
  };
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
