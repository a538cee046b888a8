import { describe, expect, test } from 'vitest';
import { bytesEqual, type Prng } from '../src/base/index.ts';
import { Bracha, type BrachaOutput, type BroadcastForm, rulesOf } from '../src/broadcast/index.ts';
import type { InstanceMessage } from '../src/codec/index.ts';
import { Committee, faultyMax, type NodeId } from '../src/committee/index.ts';
import { asDigest, type Digest, PayloadHasher, portableSha256 } from '../src/crypto/index.ts';
import { NOTHING, type Protocol } from '../src/protocol/index.ts';
import { CONFORMANCE, type ConformanceSubject } from '../src/testing/index.ts';

const FORMS: readonly BroadcastForm[] = ['early', 'classic'];
const PAYLOAD_BYTES_MAX = 64;
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const digestOf = (payload: Uint8Array): Digest => hasher.digest(0, 1, payload);
const valid = (payload: Uint8Array): boolean => payload[0] !== 0xff;

const machines = new WeakMap<object, Bracha>();

function bracha(
  committee: Committee,
  form: BroadcastForm,
): ConformanceSubject<Uint8Array, InstanceMessage, BrachaOutput> {
  const rules = rulesOf(committee, form);
  const sender = committee.member(0);
  const machineOf = (protocol: object): Bracha => {
    const machine = machines.get(protocol);
    if (machine === undefined) throw new Error('a machine of another suite');
    return machine;
  };
  return {
    committee,
    create: (self) => {
      const payloadBytesMax = PAYLOAD_BYTES_MAX;
      const machine = new Bracha({ committee, self, sender, rules, digestOf, valid, payloadBytesMax });
      machines.set(machine, machine);
      return machine;
    },
    inputOf: (self) => (self === sender ? Uint8Array.of(1, 2, 3) : undefined),
    arbitrary: arbitraryMessage,
    remember: (said, effect) => {
      if (effect.kind === 'keep') said.push({ kind: 'payload', payload: effect.payload });
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts: (earlier, later) => {
      if (earlier.kind !== later.kind) return false;
      if ('digest' in earlier && 'digest' in later) return !bytesEqual(earlier.digest, later.digest);
      return 'payload' in earlier && 'payload' in later && !bytesEqual(earlier.payload, later.payload);
    },
    retry: (protocol) => machineOf(protocol).retry(),
    // In units of what is bounded: 2n+1 digests and two payloads.
    size: (protocol) => {
      const { values } = machineOf(protocol).inspect();
      expect(machineOf(protocol).bytesHeld).toBeLessThanOrEqual(2 * PAYLOAD_BYTES_MAX);
      return values.length + values.filter(({ held }) => held).length;
    },
    sizeMax: 2 * committee.n + 1 + 2,
  };
}

/** Few values, so that votes meet; now and then something long, refused, or of no meaning at all. */
function arbitraryMessage(prng: Prng): InstanceMessage {
  const payload = arbitraryPayload(prng);
  const digest = prng.chance(1, 8) ? arbitraryDigest(prng) : digestOf(payload);
  const kind = prng.pick(['initial', 'echo', 'ready', 'done', 'pull', 'payload'] as const);
  return kind === 'initial' || kind === 'payload' ? { kind, payload } : { kind, digest };
}

function arbitraryPayload(prng: Prng): Uint8Array {
  if (prng.chance(1, 10)) return new Uint8Array(PAYLOAD_BYTES_MAX + 1 + prng.below(100));
  if (prng.chance(1, 10)) return Uint8Array.of(0xff, prng.below(256));
  return prng.pick([Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(PAYLOAD_BYTES_MAX)]);
}

/** Alike in all but the last byte: the worst case for comparing. */
function arbitraryDigest(prng: Prng): Digest {
  const bytes = new Uint8Array(32).fill(0x5a);
  bytes[31] = prng.below(256);
  const digest = asDigest(bytes);
  if (digest === undefined) throw new Error('32 bytes are a digest');
  return digest;
}

const COMMITTEES = Array.from({ length: 10 }, (_, i) => i + 1).flatMap((n) =>
  Array.from({ length: faultyMax(n) + 1 }, (_, f) => ({ n, f })),
);

describe.each(FORMS)('Bracha, %s form', (form) => {
  test.each(CONFORMANCE)('$name', ({ run }) => {
    for (const { n, f } of COMMITTEES) run(bracha(new Committee(n, f), form));
  });
});

type Machine = Protocol<Uint8Array, InstanceMessage, BrachaOutput>;

/** Ways to break the contract, each with the check that has to notice. */
const BROKEN: readonly (readonly [
  check: string,
  how: string,
  broken: (right: Machine, self: NodeId) => Partial<Machine>,
])[] = [
  [
    'the same calls',
    'depends on something else than its calls',
    (right) => {
      return { handle: (from, message) => (flips() ? NOTHING : right.handle(from, message)) };
    },
  ],
  [
    'no message',
    'throws at a peer',
    (right) => ({
      handle: (from, message) => {
        if (message.kind === 'payload' && message.payload.length === 0) throw new Error('empty');
        return right.handle(from, message);
      },
    }),
  ],
  [
    'a call that asks for nothing',
    'makes an empty list',
    (right) => ({
      handle: (from, message) => [...right.handle(from, message)],
    }),
  ],
  [
    'a terminated machine',
    'speaks after its end',
    (right, self) => ({
      handle: (from, message) =>
        right.terminated && message.kind === 'pull'
          ? [{ kind: 'fault', accused: self, code: 'not-the-sender' }]
          : right.handle(from, message),
    }),
  ],
  ['a proposal out of place', 'takes anything', () => ({ propose: () => NOTHING })],
  [
    'a correct member never accuses',
    'is suspicious of repetition',
    (right) => {
      const seen = new Set<string>();
      return {
        handle: (from, message) => {
          const key = `${from} ${message.kind}`;
          if (seen.has(key)) return [{ kind: 'fault', accused: from, code: 'conflicting-echo' }];
          seen.add(key);
          return right.handle(from, message);
        },
      };
    },
  ],
  ['a restarted member', 'forgets', () => ({ restore: () => NOTHING })],
];

let flip = 0;
const flips = (): boolean => {
  flip += 1;
  return flip % 7 === 0;
};

test.each(BROKEN)('%s …: a machine that %s does not pass', (name, _, broken) => {
  const committee = new Committee(4, 1);
  const right = bracha(committee, 'early');
  const subject = {
    ...right,
    create: (self: NodeId): Machine => {
      const machine = right.create(self);
      const wrong: Machine = {
        propose: (input) => machine.propose(input),
        handle: (from, message) => machine.handle(from, message),
        restore: (said) => machine.restore(said),
        get terminated() {
          return machine.terminated;
        },
      };
      const inner = machines.get(machine);
      if (inner !== undefined) machines.set(wrong, inner);
      return Object.assign(wrong, broken(machine, self));
    },
  };
  const check = CONFORMANCE.find((each) => each.name.startsWith(name));
  expect(() => check?.run(subject)).toThrow();
});
