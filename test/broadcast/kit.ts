import { Bracha, type BroadcastForm, rulesOf } from '../../src/broadcast/index.ts';
import { Committee, faultyMax, type NodeId } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));

/** Names a payload in the one instance that these tests are about. */
export const digestOf = (payload: Uint8Array): Digest => hasher.digest(0, 1, payload);

export const X = Uint8Array.of(1, 2, 3);
export const Y = Uint8Array.of(4, 5);
/** What no member vouches for. */
export const BAD = Uint8Array.of(0xff);
export const PAYLOAD_BYTES_MAX = 8;

/** Members by number, of a committee large enough for all of these tests. */
const LARGEST = new Committee(16, 5);
export const p = (id: number): NodeId => LARGEST.member(id);

/** Member `self` of `n` in the first instance of member 0. */
export function machineOf(
  self: number,
  form: BroadcastForm = 'early',
  n = 4,
  hash: (payload: Uint8Array) => Digest = digestOf,
): Bracha {
  const committee = new Committee(n, faultyMax(n));
  return new Bracha({
    committee,
    self: committee.member(self),
    sender: committee.member(0),
    rules: rulesOf(committee, form),
    digestOf: hash,
    valid: (payload) => payload[0] !== 0xff,
    payloadBytesMax: PAYLOAD_BYTES_MAX,
  });
}

/** Some members say a vote, one after another; what came of the last one. */
export function votes(
  machine: Bracha,
  kind: 'echo' | 'ready' | 'done',
  payload: Uint8Array,
  from: readonly number[],
): ReturnType<Bracha['handle']> {
  const digest = digestOf(payload);
  return from.map((id) => machine.handle(p(id), { kind, digest })).at(-1) ?? [];
}

/** The kinds of effects, with those of their messages: what a test reads at a glance. */
export function kinds(effects: ReturnType<Bracha['handle']>): string[] {
  return effects.map((effect) =>
    effect.kind === 'broadcast' || effect.kind === 'send'
      ? `${effect.kind} ${effect.message.kind}`
      : effect.kind === 'fault'
        ? `fault ${effect.code}`
        : effect.kind,
  );
}
