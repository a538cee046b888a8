import { bytesEqual, toHex } from '../../src/base/index.ts';
import { Bracha, type BrachaOutput, type Rules, rulesOf } from '../../src/broadcast/index.ts';
import { decodeMessages, encodeFrame, type InstanceMessage } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import type { TrialProperty, TrialSubject } from '../../src/simulator/index.ts';

const LIMITS = { ...LIMITS_DEFAULT, payloadBytes: 8 };
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const digestOf = (payload: Uint8Array): Digest => hasher.digest(0, 1, payload);
/** Whose instance stands on the wire does not matter here. */
const FIRST = new Committee(4, 1).member(0);
/** u32 length, u8 version, u8 kind: what stands before the body of a frame. */
const FRAME_HEAD_BYTES = 6;

/** What a stream does for a machine that has ended: those that lag are answered from the store. */
function withStore(machine: Bracha): Bracha {
  const handle = machine.handle.bind(machine);
  let delivered: BrachaOutput | undefined;
  machine.handle = (from, message) => {
    if (message.kind === 'pull' && delivered !== undefined && bytesEqual(message.digest, delivered.digest))
      return [{ kind: 'send', to: from, message: { kind: 'payload', payload: delivered.payload } }];
    const effects = handle(from, message);
    for (const effect of effects) if (effect.kind === 'output') delivered = effect.output;
    return effects;
  };
  return machine;
}

/** What reliable broadcast promises. */
const PROPERTIES: Readonly<Record<string, TrialProperty<Uint8Array, BrachaOutput>>> = {
  agreement: ({ outputs }) => {
    const values = new Set(outputs.flat().map(({ payload }) => toHex(payload)));
    return values.size > 1 ? `delivered: ${[...values].join(' and ')}` : undefined;
  },
  totality: ({ outputs, correct, ended }) => {
    const delivered = correct.filter((id) => (outputs[id] ?? []).length > 0);
    const some = ended && delivered.length > 0 && delivered.length < correct.length;
    return some ? `only ${delivered.map((id) => `p${id}`).join()} delivered` : undefined;
  },
  validity: ({ inputs, outputs, correct, ended }) => {
    const [input] = inputs.flatMap((given) => given ?? []);
    if (input === undefined) return undefined;
    const other = outputs.flat().some(({ payload }) => payload[0] !== input[0]);
    const missing = ended && correct.some((id) => outputs[id]?.length === 0);
    return other || missing ? `not all delivered ${toHex(input)}` : undefined;
  },
  integrity: ({ outputs }) => {
    const id = outputs.findIndex((own) => own.length > 1);
    return id < 0 ? undefined : `p${id} delivered more than once`;
  },
};

/** One instance of broadcast, whose sender is the last member: as often a liar as not. */
export function brachaSubject(
  wrong: Partial<Rules> = {},
): TrialSubject<Uint8Array, InstanceMessage, BrachaOutput> {
  const machines = new WeakMap<object, Bracha>();
  return {
    name: 'bracha',
    kinds: ['initial', 'echo', 'ready', 'payload'],
    create: ({ committee, self }) => {
      const machine = new Bracha({
        committee,
        self,
        sender: committee.member(committee.n - 1),
        rules: { ...rulesOf(committee, 'early'), ...wrong },
        digestOf,
        valid: () => true,
        payloadBytesMax: 8,
      });
      machines.set(machine, machine);
      return withStore(machine);
    },
    inputOf: (self, prng, committee) => (self === committee.n - 1 ? Uint8Array.of(prng.below(3)) : undefined),
    arbitrary: (prng) => {
      const payload = Uint8Array.of(prng.below(3));
      const kind = prng.pick(['initial', 'echo', 'ready', 'done', 'pull', 'payload'] as const);
      return kind === 'initial' || kind === 'payload'
        ? { kind, payload }
        : { kind, digest: digestOf(payload) };
    },
    encode,
    decode,
    describe: (message) =>
      `${message.kind} ${toHex('digest' in message ? message.digest.subarray(0, 2) : message.payload)}`,
    retry: (machine) => machines.get(machine)?.retry() ?? [],
    linkUp: (machine, peer) => {
      machines.get(machine)?.linkReset(peer);
      return [];
    },
    remember: (said, effect) => {
      if (effect.kind === 'keep') said.push({ kind: 'payload', payload: effect.payload });
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts: (earlier, later) => {
      if (earlier.kind !== later.kind) return false;
      if ('digest' in earlier && 'digest' in later) return !bytesEqual(earlier.digest, later.digest);
      return 'payload' in earlier && 'payload' in later && !bytesEqual(earlier.payload, later.payload);
    },
    properties: PROPERTIES,
  };

  function encode(body: InstanceMessage): Uint8Array {
    return encodeFrame(1, { kind: 'instance', sender: FIRST, instance: 1, body });
  }

  function decode(bytes: Uint8Array, committee: Committee): InstanceMessage | undefined {
    const decoded = decodeMessages(bytes.subarray(FRAME_HEAD_BYTES), { committee, limits: LIMITS, epoch: 1 });
    const [message] = decoded.ok ? decoded.value : [];
    if (message?.kind !== 'instance' || message.body.kind === 'dispersal' || message.body.kind === 'shard')
      return undefined;
    return message.body;
  }
}
