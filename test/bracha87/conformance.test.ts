import { describe, test } from 'vitest';
import {
  Bracha87,
  type Bracha87Message,
  type Decision,
  type StepBroadcastFactory,
  shortSteps,
} from '../../src/agreement/index.ts';
import { type Bit, bytesEqual, type Prng } from '../../src/base/index.ts';
import type { InstanceMessage } from '../../src/codec/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { CONFORMANCE, type ConformanceSubject } from '../../src/testing/index.ts';
import { digestSteps } from './digest-steps.ts';
import { arbitrary, contradicts } from './subject.ts';

const AHEAD = 1;
/** Those phases that arbitrary messages can be about and a member that stands in phase 4 keeps something of. */
const PHASES_HELD = 6;

interface Broadcasts<Body> {
  readonly steps: (committee: Committee, self: NodeId) => StepBroadcastFactory<Body>;
  readonly arbitrary: (prng: Prng, committee: Committee) => Bracha87Message<Body>;
  readonly contradicts: (earlier: Bracha87Message<Body>, later: Bracha87Message<Body>) => boolean;
}

function subject<Body>(
  committee: Committee,
  broadcasts: Broadcasts<Body>,
): ConformanceSubject<Bit, Bracha87Message<Body>, Decision> {
  const machines = new WeakMap<object, Bracha87<Body>>();
  return {
    committee,
    create: (self) => {
      const broadcast = broadcasts.steps(committee, self);
      const toss = (phase: number): Bit => ((phase + self) % 2 === 0 ? 0 : 1);
      const machine = new Bracha87({ committee, self, broadcast, toss, phasesAhead: AHEAD });
      machines.set(machine, machine);
      return machine;
    },
    inputOf: (self) => (self % 2 === 0 ? 0 : 1),
    arbitrary: (prng) => broadcasts.arbitrary(prng, committee),
    remember: (said, effect) => {
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts: broadcasts.contradicts,
    retry: (machine) => machines.get(machine)?.retry() ?? [],
    size: (machine) => machines.get(machine)?.size ?? Number.POSITIVE_INFINITY,
    sizeMax: 3 * committee.n * PHASES_HELD,
  };
}

const SHORT = { steps: shortSteps, arbitrary, contradicts };

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const DIGESTS: Broadcasts<InstanceMessage> = {
  steps: digestSteps,
  arbitrary: (prng, committee) => {
    const message = arbitrary(prng, committee);
    if (message.kind !== 'step') return message;
    const { phase, step, sender, body } = message;
    const payload = Uint8Array.of(body.value);
    const digest = hasher.digest(sender, phase * 4 + step, payload);
    const { kind } = body;
    return { ...message, body: kind === 'initial' ? { kind, payload } : { kind, digest } };
  },
  contradicts: (earlier, later) => {
    if (earlier.kind === 'decide' && later.kind === 'decide') return earlier.value !== later.value;
    if (earlier.kind !== 'step' || later.kind !== 'step') return false;
    const [a, b] = [earlier.body, later.body];
    const same = earlier.phase === later.phase && earlier.step === later.step;
    if (!same || earlier.sender !== later.sender || a.kind !== b.kind) return false;
    if ('digest' in a && 'digest' in b) return !bytesEqual(a.digest, b.digest);
    return 'payload' in a && 'payload' in b && !bytesEqual(a.payload, b.payload);
  },
};

const COMMITTEES = [
  [1, 0],
  [2, 0],
  [4, 1],
  [5, 1],
  [6, 1],
  [7, 2],
] as const;

describe('Bracha 1987', () => {
  test.each(CONFORMANCE)('$name', ({ run }) => {
    for (const [n, f] of COMMITTEES) run(subject(new Committee(n, f), SHORT));
  });

  test.each(CONFORMANCE)('over broadcasts with digests: $name', ({ run }) => {
    for (const [n, f] of [[4, 1]] as const) run(subject(new Committee(n, f), DIGESTS));
  });
});
