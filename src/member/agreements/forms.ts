import {
  BinaryAgreement,
  Bracha87,
  type Bracha87View,
  type Bracha87WireMessage,
  decodeBracha87,
  encodeBracha87,
  type AgreementView as MmrView,
  shortSteps,
} from '../../agreement/index.ts';
import { assert, type Bit, concatBytes, encodeUtf8, UsageError } from '../../base/index.ts';
import {
  type AgreementForm,
  type AgreementMessage,
  agreementFormNumber,
  type Decoded,
  decodeAgreement,
  encodeAgreement,
  type InstanceMessage,
  VALUE_BYTES_MAX,
} from '../../codec/index.ts';
import type { Coin, CoinScope } from '../../coin/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { asDigest, type Digest, type Sha256 } from '../../crypto/index.ts';
import {
  type AgreementCodec,
  brachaSubset,
  decodeValueMessage,
  encodeValueMessage,
  type InspectableSubset,
  localSubset,
  type ProposalOptions,
  ValueAgreement,
  type ValueDecision,
  type ValueMessage,
  valueAboutBytes,
} from '../../subset/index.ts';
import type { TopicDecision, TopicValue } from './decision.ts';
import { type TopicMachine, WrappedMachine } from './machine.ts';

/** The last phase that members begin: with coins tossed at random, nobody gets near it. Part of the wire. */
export const AGREEMENT_PHASES_MAX = 32;

/** Members up to which a value is agreed on with coins of one's own: n agreements of n broadcasts a step are too many beyond. */
export const LOCAL_VALUE_MEMBERS_MAX = 10;

/** What the agreements of a member have in common. */
export interface FormOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  /** A fair bit that nobody else can know, for the end of a phase. */
  readonly toss: (phase: number, topic: string) => Bit;
  readonly sha256: Sha256;
  /** Digest of the cluster definition. */
  readonly cluster: Digest;
  readonly epoch: number;
  /** A common coin, if this member was dealt its part of one. */
  readonly coin?: Coin;
  /** Whether a value may be decided in a topic: the same at every member, at any time. Never throws. Default: any. */
  readonly validValue?: (topic: string, value: Uint8Array) => boolean;
}

/** Whether this member can take part in agreements of this form. */
export function canRun({ committee, coin }: FormOptions, form: AgreementForm): boolean {
  if (form === 'common-bit' || form === 'common-value') return coin !== undefined;
  return form === 'bit' || committee.n <= LOCAL_VALUE_MEMBERS_MAX;
}

/** The state machine of one topic. */
export function machineOf(options: FormOptions, form: AgreementForm, topic: string): TopicMachine {
  switch (form) {
    case 'bit':
      return localBit(options, topic);
    case 'common-bit':
      return commonBit(options, topic);
    case 'value':
      return localValue(options, topic);
    case 'common-value':
      return commonValue(options, topic);
  }
}

/** DECIDE as a word: what is told to those that ask about a topic that is settled. */
export function decideWord(form: AgreementForm, { value, round }: TopicDecision): Uint8Array {
  switch (form) {
    case 'bit':
      return encodeBracha87({ kind: 'decide', value: asBit(value) });
    case 'common-bit':
      return encodeAgreement({ kind: 'decide', value: asBit(value), round });
    case 'value':
      return encodeValueMessage({ kind: 'decided', value: asBytes(value) }, LOCAL);
    case 'common-value':
      return encodeValueMessage({ kind: 'decided', value: asBytes(value) }, COMMON);
  }
}

/** How many of its first bytes say what a statement is about: of two that begin alike there, one is made. */
export function aboutBytes(form: AgreementForm, statement: Uint8Array): number {
  switch (form) {
    case 'bit':
      return LOCAL.aboutBytes(statement);
    case 'common-bit':
      return COMMON.aboutBytes(statement);
    case 'value':
      return valueAboutBytes(statement, LOCAL);
    case 'common-value':
      return valueAboutBytes(statement, COMMON);
  }
}

const LOCAL: AgreementCodec<Bracha87WireMessage> = {
  encode: encodeBracha87,
  decode: decodeBracha87,
  // The value comes last, in DECIDE too.
  aboutBytes: (encoded) => encoded.length - 1,
};

/** The kind, by its number: BVAL may be said of both values, DECIDE of one in one round. */
const [BVAL, DECIDE] = [0, 4];
const KIND_AND_ROUND_BYTES = 5;

const COMMON: AgreementCodec<AgreementMessage> = {
  encode: encodeAgreement,
  decode: decodeAgreement,
  aboutBytes: (encoded) => {
    const [kind] = encoded;
    return kind === BVAL ? encoded.length : kind === DECIDE ? 1 : KIND_AND_ROUND_BYTES;
  },
};

function localBit({ committee, self, toss }: FormOptions, topic: string): TopicMachine {
  const inner = new Bracha87({
    committee,
    self,
    toss: (phase) => toss(phase, topic),
    broadcast: shortSteps(committee, self),
    phasesMax: AGREEMENT_PHASES_MAX,
  });
  const owing = Object.assign(inner, { owedTo: () => inner.said() });
  return new WrappedMachine(owing, {
    encode: encodeBracha87,
    decode: (bytes) => decoded(decodeBracha87(bytes, committee)),
    input: asBit,
    proposed: (said) => {
      if (said.kind !== 'step' || said.phase !== 1 || said.step !== 1) return undefined;
      const isOwn = said.sender === self && said.body.kind === 'initial';
      return isOwn ? (said.body.value === 0 ? 0 : 1) : undefined;
    },
    inspect: () => ({ kind: 'bit', view: inner.inspect() }),
  });
}

function commonBit(options: FormOptions, topic: string): TopicMachine {
  const { committee, self } = options;
  const coin = coinOf(options);
  const inner = new BinaryAgreement({ committee, self, coin, scope: scopeOf(options, 'common-bit', topic) });
  return new WrappedMachine(inner, {
    encode: encodeAgreement,
    decode: (bytes) => decoded(decodeAgreement(bytes)),
    input: asBit,
    proposed: (said) => (said.kind === 'bval' && said.round === 1 ? said.value : undefined),
    inspect: () => ({ kind: 'common-bit', view: inner.inspect() }),
  });
}

function localValue(options: FormOptions, topic: string): TopicMachine {
  const { toss } = options;
  const subset = localSubset({
    ...proposalOptions(options, 'value', topic),
    toss: (phase) => toss(phase, topic),
    phasesMax: AGREEMENT_PHASES_MAX,
  });
  return valueMachine(options, subset, LOCAL);
}

function commonValue(options: FormOptions, topic: string): TopicMachine {
  const coin = coinOf(options);
  const scope = scopeOf(options, 'common-value', topic);
  const subset = brachaSubset({ ...proposalOptions(options, 'common-value', topic), coin, scope });
  return valueMachine(options, subset, COMMON);
}

function valueMachine<A, View extends Bracha87View | MmrView>(
  { committee, self }: FormOptions,
  subset: InspectableSubset<A, View>,
  codec: AgreementCodec<A>,
): TopicMachine {
  const agreements: { inspect(): View }[] = [];
  const agreementOf: typeof subset.agreementOf = (proposer) => {
    const agreement = subset.agreementOf(proposer);
    agreements.push(agreement);
    return agreement;
  };
  const inner = new ValueAgreement<InstanceMessage, A>({ ...subset, agreementOf });
  return new WrappedMachine<Uint8Array, ValueMessage<InstanceMessage, A>, ValueDecision>(inner, {
    encode: (message) => {
      assert(message.kind !== 'done', 'an agreement on a value ends otherwise');
      return encodeValueMessage(message, codec);
    },
    decode: (bytes) => decoded(decodeValueMessage(bytes, committee, codec)),
    input: asBytes,
    proposed: (said) => {
      const isOwn = said.kind === 'broadcast' && said.proposer === self && said.body.kind === 'initial';
      return isOwn && 'payload' in said.body ? said.body.payload : undefined;
    },
    spoken: ({ kind }) => kind !== 'kept',
    kept: (payload) => ({ kind: 'kept', payload }),
    inspect: () => ({
      kind: 'value',
      view: inner.inspect(),
      agreements: inner.terminated ? [] : agreements.map((agreement) => agreement.inspect()),
    }),
  });
}

const PROPOSAL_DOMAIN = encodeUtf8('quorumcast/proposal/1\0');

/** A proposal is named by cluster (which covers the epoch), form, topic, proposer and what it says. */
function proposalOptions(options: FormOptions, form: AgreementForm, topic: string): ProposalOptions {
  const { committee, self, sha256, cluster, validValue } = options;
  const name = encodeUtf8(topic);
  const head = concatBytes(
    PROPOSAL_DOMAIN,
    cluster,
    Uint8Array.of(agreementFormNumber(form), name.length),
    name,
  );
  return {
    ...{ committee, self, form: 'early', payloadBytesMax: VALUE_BYTES_MAX },
    valid: (value) => value.length > 0 && validValue?.(topic, value) !== false,
    digestOf: (proposer, payload) => {
      const digest = asDigest(sha256(head, Uint8Array.of(proposer >> 8, proposer & 0xff), payload));
      assert(digest !== undefined, 'SHA-256 has 32 bytes');
      return digest;
    },
  };
}

function scopeOf({ cluster, epoch }: FormOptions, form: AgreementForm, topic: string): CoinScope {
  return {
    cluster,
    epoch,
    instance: concatBytes(Uint8Array.of(agreementFormNumber(form)), encodeUtf8(topic)),
  };
}

function coinOf({ coin }: FormOptions): Coin {
  assert(coin !== undefined, 'a common coin is here');
  return coin;
}

function decoded<T>(result: Decoded<T>): T | undefined {
  return result.ok ? result.value : undefined;
}

function asBit(value: TopicValue): Bit {
  if (value === 0 || value === 1) return value;
  throw new UsageError('this agreement is on 0 or 1');
}

function asBytes(value: TopicValue): Uint8Array {
  if (typeof value !== 'number') return value;
  throw new UsageError('this agreement is on bytes');
}
