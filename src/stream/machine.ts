import { bytesEqual } from '../base/index.ts';
import {
  Bracha,
  type BrachaOptions,
  type BrachaOutput,
  type BrachaSnapshot,
  Coded,
  type CodedSnapshot,
  codingOf,
  decodingIn,
} from '../broadcast/index.ts';
import {
  batchBytesMax,
  type CodedMessage,
  countBatch,
  decodeBatch,
  type OpenClaim,
  type VoteKind,
} from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { Effects, Protocol } from '../protocol/index.ts';
import type { StreamOptions } from './options.ts';

type Views = Pick<Coded, 'bytesHeld' | 'hasInitial' | 'pulling' | 'likelyPayload' | 'inspect'>;
type Links = Pick<Coded, 'linkReset' | 'withdraw' | 'owedTo'>;

/** An instance, whichever forms of broadcast it takes. */
export interface Machine extends Protocol<Uint8Array, CodedMessage, BrachaOutput>, Views, Links {
  retry(): Effects<CodedMessage, BrachaOutput>;
  vote(kind: VoteKind, from: NodeId, bytes: Uint8Array, at: number): Effects<CodedMessage, BrachaOutput>;
  assure(digest: Digest): Effects<CodedMessage, BrachaOutput>;
  snapshot(): BrachaSnapshot | CodedSnapshot;
}

type Valid = (payload: Uint8Array) => boolean;

/** Whether to vouch for a payload. */
export function validIn({ valid, limits }: StreamOptions): Valid {
  return (payload) => {
    if (valid === undefined) return countBatch(payload, limits) !== undefined;
    const batch = decodeBatch(payload, limits);
    return batch.ok && batch.value.every(valid);
  };
}

/** What one instance needs to know. Little of its own, for there is one each: the rest is its stream's. */
class InstanceOptions implements BrachaOptions {
  readonly #stream: StreamOptions;
  readonly #instance: number;
  readonly valid: Valid;

  constructor(stream: StreamOptions, valid: Valid, instance: number) {
    this.#stream = stream;
    this.#instance = instance;
    this.valid = valid;
  }

  get committee() {
    return this.#stream.committee;
  }

  get self() {
    return this.#stream.self;
  }

  get sender() {
    return this.#stream.sender;
  }

  get rules() {
    return this.#stream.rules;
  }

  get payloadBytesMax() {
    return batchBytesMax(this.#stream.limits);
  }

  digestOf(payload: Uint8Array): Digest {
    const { hasher, sender } = this.#stream;
    return hasher.digest(sender, this.#instance, payload);
  }
}

/** The machine of one instance. */
export function machineOf(options: StreamOptions, valid: Valid, instance: number): Machine {
  const { sender, hasher, coding } = options;
  const shared = new InstanceOptions(options, valid, instance);
  if (coding === undefined) return new Bracha(shared);
  const judges = options.valid !== undefined;
  const { committee, self, rules, payloadBytesMax } = shared;
  return new Coded({
    ...{ committee, self, sender, rules, valid, payloadBytesMax },
    digestOf: (payload) => shared.digestOf(payload),
    coding: codingOf(hasher, coding.code, sender, instance),
    codes: (payload) => !judges && payload.length >= coding.bytesMin,
    judges,
  });
}

/** Whether this is what a machine asks for: the payload, what shows that there is none, or the shard that `from` gives. */
export function isWanted(
  { hasher, sender, self, limits, coding }: StreamOptions,
  instance: number,
  machine: Machine,
  from: NodeId,
  body: Extract<CodedMessage, { readonly kind: 'payload' | 'shard' }>,
): boolean {
  const snapshot = machine.snapshot();
  const { candidates, decided, wanted } = 'votes' in snapshot ? snapshot.votes : snapshot;
  const digest = candidates[decided < 0 ? wanted : decided]?.digest;
  if (digest === undefined) return false;
  const word = coding && codingOf(hasher, coding.code, sender, instance);
  if (body.kind === 'shard')
    return (
      word !== undefined && bytesEqual(body.digest, digest) && word.holds(body, from === sender ? self : from)
    );
  const { payload } = body;
  if (payload.length <= batchBytesMax(limits) && bytesEqual(hasher.digest(sender, instance, payload), digest))
    return true;
  return word !== undefined && decodingIn(word, payload, digest) !== undefined;
}

/** What this member said in these instances; those in which it said nothing are left out. */
export function saidIn(
  open: readonly { readonly instance: number; readonly machine: Machine }[],
): readonly OpenClaim[] {
  const claims = open.map(({ instance, machine }) => {
    const snapshot = machine.snapshot();
    const { candidates, echoed, readied } = 'votes' in snapshot ? snapshot.votes : snapshot;
    return { instance, echo: candidates[echoed]?.digest, ready: candidates[readied]?.digest };
  });
  return claims.filter(({ echo, ready }) => echo !== undefined || ready !== undefined);
}
