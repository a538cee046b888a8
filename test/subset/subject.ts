import { concatBytes, type Prng, toHex } from '../../src/base/index.ts';
import {
  type AgreementMessage,
  decodeAgreement,
  decodeMessages,
  encodeAgreement,
  encodeFrame,
  type InstanceMessage,
} from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import type { Effect } from '../../src/protocol/index.ts';
import {
  type BrachaSubsetOptions,
  brachaSubset,
  CommonSubset,
  type CommonSubsetOptions,
  MultiValuedAgreement,
  type SubsetMessage,
} from '../../src/subset/index.ts';
import { PredictableCoin } from '../../src/testing/index.ts';
import { contradicts as agreementContradicts, arbitraryMessage, SCOPE } from '../agreement/subject.ts';

/** What these tests say to each other. */
export type Message = SubsetMessage<InstanceMessage, AgreementMessage>;

const PAYLOAD_BYTES_MAX = 8;
const LIMITS = { ...LIMITS_DEFAULT, payloadBytes: PAYLOAD_BYTES_MAX };
const FRAME_HEAD_BYTES = 6;
const FIRST = new Committee(4, 1).member(0);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const digestOf = (proposer: NodeId, payload: Uint8Array): Digest => hasher.digest(proposer, 1, payload);
/** What may be in: all but payloads that begin so. */
export const REFUSED = 0xff;

/** The options of a subset; `code`: who makes them. */
export function optionsOf(
  committee: Committee,
  self: NodeId,
  seed: number,
  code: { readonly brachaSubset: typeof brachaSubset } = { brachaSubset },
): CommonSubsetOptions<InstanceMessage, AgreementMessage> {
  return code.brachaSubset(brachaOptions(committee, self, seed));
}

/** What they are made of. */
export const brachaOptions = (committee: Committee, self: NodeId, seed: number): BrachaSubsetOptions => ({
  ...{ committee, self, digestOf, scope: SCOPE, form: 'early', payloadBytesMax: PAYLOAD_BYTES_MAX },
  valid: (payload) => payload[0] !== REFUSED,
  coin: new PredictableCoin({ committee, self, seed }),
});

export const subsetOf = (committee: Committee, self: NodeId, seed: number) =>
  new CommonSubset(optionsOf(committee, self, seed));
export const choiceOf = (committee: Committee, self: NodeId, seed: number) =>
  new MultiValuedAgreement(optionsOf(committee, self, seed));

export function encode(message: Message): Uint8Array {
  if (message.kind === 'done') return Uint8Array.of(0);
  if (message.kind === 'kept') throw new Error('never sent');
  const [kind, body] =
    message.kind === 'broadcast'
      ? [1, encodeFrame(1, { kind: 'instance', sender: FIRST, instance: 1, body: message.body })]
      : [2, encodeAgreement(message.body)];
  return concatBytes(Uint8Array.of(kind, message.proposer), body);
}

export function decode(bytes: Uint8Array, committee: Committee): Message | undefined {
  const [kind, place = 0] = bytes;
  if (kind === 0) return bytes.length === 1 ? { kind: 'done' } : undefined;
  const proposer = committee.node(place);
  if (proposer === undefined) return undefined;
  if (kind === 2) {
    const decoded = decodeAgreement(bytes.subarray(2));
    return decoded.ok ? { kind: 'agreement', proposer, body: decoded.value } : undefined;
  }
  const decoded = decodeMessages(bytes.subarray(2 + FRAME_HEAD_BYTES), {
    committee,
    limits: LIMITS,
    epoch: 1,
  });
  const [message] = decoded.ok ? decoded.value : [];
  if (message?.kind !== 'instance' || message.body.kind === 'dispersal' || message.body.kind === 'shard')
    return undefined;
  return { kind: 'broadcast', proposer, body: message.body };
}

export function arbitrary(prng: Prng, committee: Committee): Message {
  const proposer = prng.pick(committee.ids);
  if (prng.chance(1, 20)) return { kind: 'done' };
  if (prng.chance(1, 2)) return { kind: 'agreement', proposer, body: arbitraryMessage(prng) };
  const done = { kind: 'done' as const, digest: digestOf(proposer, Uint8Array.of(prng.below(3))) };
  return { kind: 'broadcast', proposer, body: prng.chance(1, 6) ? done : arbitraryBroadcast(prng, proposer) };
}

/** Anything about the broadcast of this proposer. */
export function arbitraryBroadcast(prng: Prng, proposer: NodeId): InstanceMessage {
  const payload = Uint8Array.of(prng.chance(1, 8) ? REFUSED : prng.below(3));
  const digest = digestOf(proposer, payload);
  const kind = prng.pick(['initial', 'echo', 'ready', 'pull', 'payload'] as const);
  return kind === 'initial' || kind === 'payload' ? { kind, payload } : { kind, digest };
}

export function contradicts(earlier: Message, later: Message): boolean {
  if (earlier.kind === 'agreement' && later.kind === 'agreement')
    return earlier.proposer === later.proposer && agreementContradicts(earlier.body, later.body);
  if (earlier.kind !== 'broadcast' || later.kind !== 'broadcast') return false;
  if (earlier.proposer !== later.proposer || earlier.body.kind !== later.body.kind) return false;
  return toHex(encode(earlier)) !== toHex(encode(later));
}

/** A payload that was kept comes before what vouches for it. */
export function remember<Output>(said: Message[], effect: Effect<Message, Output>): void {
  if (effect.kind === 'keep') said.push({ kind: 'kept', payload: effect.payload });
  if (effect.kind === 'broadcast') said.push(effect.message);
}
