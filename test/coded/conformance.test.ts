import { describe, expect, test } from 'vitest';
import { bytesEqual } from '../../src/base/index.ts';
import { type BroadcastForm, Coded, type CodedOutput, rulesOf } from '../../src/broadcast/index.ts';
import type { CodedMessage } from '../../src/codec/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import { CONFORMANCE, type ConformanceSubject } from '../../src/testing/index.ts';
import { arbitraryCoded, codingOf, digestOf, PAYLOAD_BYTES_MAX, payloadOf } from './subject.ts';

const FORMS: readonly BroadcastForm[] = ['early', 'classic'];
const COMMITTEES = Array.from({ length: 10 }, (_, i) => i + 1).flatMap((n) =>
  Array.from({ length: faultyMax(n) + 1 }, (_, f) => ({ n, f })),
);

/** The machine of each protocol that the suite is given. */
const machines = new WeakMap<object, Coded>();

function coded(
  committee: Committee,
  form: BroadcastForm,
  codes: boolean,
): ConformanceSubject<Uint8Array, CodedMessage, CodedOutput> {
  const sender = committee.member(0);
  const machineOf = (protocol: object): Coded => {
    const machine = machines.get(protocol);
    if (machine === undefined) throw new Error('a machine of another suite');
    return machine;
  };
  const own = { begins: (kind: string) => kind === 'initial' || kind === 'dispersal' };
  return {
    committee,
    create: (self) => {
      const machine = new Coded({
        committee,
        self,
        sender,
        rules: rulesOf(committee, form),
        digestOf,
        valid: (payload) => payload[0] !== 0xff,
        payloadBytesMax: PAYLOAD_BYTES_MAX,
        coding: codingOf(committee),
        judges: false,
        codes: () => codes,
      });
      machines.set(machine, machine);
      return machine;
    },
    inputOf: (self) => (self === sender ? payloadOf(0) : undefined),
    arbitrary: (prng) => arbitraryCoded(prng, committee),
    remember: (said, effect) => {
      if (effect.kind === 'keep') said.push({ kind: 'payload', payload: effect.payload });
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts: (earlier, later) => {
      if (earlier.kind !== later.kind) return own.begins(earlier.kind) && own.begins(later.kind);
      if ('digest' in earlier && 'digest' in later) return !bytesEqual(earlier.digest, later.digest);
      return 'payload' in earlier && 'payload' in later && !bytesEqual(earlier.payload, later.payload);
    },
    retry: (protocol) => machineOf(protocol).retry(),
    // In units of what is bounded: 2n+1 digests that were voted for, one announced, and n shards.
    size: (protocol) => {
      const machine = machineOf(protocol);
      const { votes, shards } = machine.snapshot();
      expect(machine.bytesHeld).toBeLessThanOrEqual(bytesMax(committee));
      return votes.candidates.length + shards.filter((digest) => digest !== undefined).length;
    },
    sizeMax: 2 * committee.n + 1 + committee.n,
  };
}

/** A shard and its proof of each member, the own one twice, and two payloads. */
function bytesMax(committee: Committee): number {
  const coding = codingOf(committee);
  const each = coding.shardBytes(PAYLOAD_BYTES_MAX) + coding.proofBytes;
  return (committee.n + 1) * each + 16 + 2 * PAYLOAD_BYTES_MAX;
}

describe.each(FORMS)('coded broadcast, %s form', (form) => {
  describe.each([
    ['in shards', true],
    ['whole', false],
  ] as const)('what the sender sends %s', (_, codes) => {
    test.each(CONFORMANCE)('$name', ({ run }) => {
      for (const { n, f } of COMMITTEES) run(coded(new Committee(n, f), form, codes));
    });
  });
});
