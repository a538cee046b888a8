import { bytesEqual, concatBytes, type Prng, toHex } from '../../src/base/index.ts';
import {
  Coded,
  type CodedOutput,
  type CodeWord,
  Coding,
  type Rules,
  rulesOf,
  witness,
} from '../../src/broadcast/index.ts';
import { type CodedMessage, decodeMessages, encodeFrame, type ShardMessage } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import {
  type Digest,
  ErasureCode,
  merkleTree,
  PayloadHasher,
  portableSha256,
} from '../../src/crypto/index.ts';
import type { TrialProperty, TrialSubject } from '../../src/simulator/index.ts';

export const PAYLOAD_BYTES_MAX = 48;
const LIMITS = { ...LIMITS_DEFAULT, payloadBytes: PAYLOAD_BYTES_MAX };
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
export const digestOf = (payload: Uint8Array): Digest => hasher.digest(0, 1, payload);
/** Whose instance stands on the wire does not matter here. */
const FIRST = new Committee(4, 1).member(0);
/** u32 length, u8 version, u8 kind: what stands before the body of a frame. */
const FRAME_HEAD_BYTES = 6;

const codings = new Map<string, Coding>();

/** How the payloads of the one instance are coded. */
export function codingOf({ n, quorums }: Committee): Coding {
  const { dataShards: k } = quorums;
  const known = codings.get(`${k} of ${n}`);
  if (known !== undefined) return known;
  const coding = new Coding({
    code: new ErasureCode(k, n),
    sha256: portableSha256,
    digestOf: (length, root) => hasher.codeWord(0, 1, { k, n, length }, root),
  });
  codings.set(`${k} of ${n}`, coding);
  return coding;
}

/** Shards that are no code word, under a digest of their own: those of the payload with some of them changed. */
export function crooked(
  { n, quorums }: Committee,
  payload: Uint8Array,
  changed: readonly number[],
): CodeWord {
  const { dataShards: k } = quorums;
  const shards = new ErasureCode(k, n).encode(payload).map((shard, member) => {
    const bytes = shard.slice();
    if (changed.includes(member)) bytes[0] = (bytes[0] ?? 0) ^ 0x55;
    return bytes;
  });
  return wordOf({ n, quorums }, payload.length, shards);
}

/** What a liar makes of any bytes and any length: shards with good proofs under a digest of their own. */
export function wordOf(
  { n, quorums }: Pick<Committee, 'n' | 'quorums'>,
  length: number,
  shards: readonly Uint8Array[],
): CodeWord {
  const { dataShards: k } = quorums;
  const tree = merkleTree(portableSha256, shards);
  const digest = hasher.codeWord(0, 1, { k, n, length }, tree.root);
  const shardOf = (member: number): ShardMessage => {
    return {
      kind: 'shard',
      digest,
      length,
      proof: tree.proof(member),
      shard: shards[member] ?? new Uint8Array(0),
    };
  };
  return { digest, shardOf };
}

/** A payload that the application refuses, though nobody sees it before it is decided. */
export const REFUSED = Uint8Array.of(0xff, 1, 2, 3);
const valid = (payload: Uint8Array): boolean => payload[0] !== 0xff;

export function payloadOf(value: number): Uint8Array {
  return Uint8Array.of(value, 1, 2, 3, 4);
}

/** The code words that members speak of: of two payloads, of a refused one, and two that are none. */
function words(committee: Committee): CodeWord[] {
  const coding = codingOf(committee);
  return [
    coding.encode(payloadOf(0)),
    coding.encode(payloadOf(1)),
    coding.encode(REFUSED),
    crooked(committee, payloadOf(0), [committee.n - 1]),
    crooked(committee, payloadOf(1), [0, 1]),
  ];
}

const known = new Map<number, CodeWord[]>();

function anyWord(prng: Prng, committee: Committee): CodeWord {
  const all = known.get(committee.n) ?? words(committee);
  known.set(committee.n, all);
  return prng.pick(all);
}

/** Any message, of members' own shards among them, and what no correct member says. */
export function arbitraryCoded(prng: Prng, committee: Committee): CodedMessage {
  const word = anyWord(prng, committee);
  const kind = prng.pick([
    'shard',
    'shard',
    'shard',
    'dispersal',
    'echo',
    'ready',
    'done',
    'pull',
    'payload',
    'initial',
  ] as const);
  const payload = prng.pick([payloadOf(0), payloadOf(1), REFUSED]);
  switch (kind) {
    case 'shard':
      return spoilt(prng, word.shardOf(prng.below(committee.n)));
    case 'dispersal':
      return { kind, digest: word.digest, length: 5 };
    case 'initial':
      return { kind, payload };
    case 'payload':
      return { kind, payload: prng.chance(1, 2) ? payload : evidence(committee, word) };
    default:
      return { kind, digest: prng.chance(1, 3) ? digestOf(payload) : word.digest };
  }
}

/** Some shards are changed: a byte, the proof, the length, the code word. */
function spoilt(prng: Prng, message: ShardMessage): ShardMessage {
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
  switch (prng.below(12)) {
    case 0:
      return { ...message, shard: flipped(message.shard) };
    case 1:
      return { ...message, proof: flipped(message.proof) };
    case 2:
      return { ...message, length: message.length + 1, shard: concatBytes(message.shard) };
    default:
      return message;
  }
}

function evidence(committee: Committee, word: CodeWord): Uint8Array {
  const shards = new Map(committee.ids.map((id) => [id as number, word.shardOf(id)]));
  return witness(codingOf(committee), shards);
}

/** What a stream does for a machine that has ended: those that lag are answered from the store. */
function withStore(machine: Coded): Coded {
  const handle = machine.handle.bind(machine);
  const kept = new Map<string, Uint8Array>();
  let delivered: CodedOutput | undefined;
  machine.handle = (from, message) => {
    if (message.kind === 'pull' && delivered !== undefined && bytesEqual(message.digest, delivered.digest)) {
      const payload = kept.get(toHex(delivered.digest)) ?? delivered.payload;
      return [{ kind: 'send', to: from, message: { kind: 'payload', payload } }];
    }
    const effects = handle(from, message);
    for (const effect of effects) {
      if (effect.kind === 'output') delivered = effect.output;
      if (effect.kind === 'keep') kept.set(toHex(effect.digest), effect.payload);
    }
    return effects;
  };
  return machine;
}

/** What was delivered, as one text: nothing, or the payload. */
const textOf = ({ payload, nothing }: CodedOutput): string => (nothing ? 'nothing' : toHex(payload));

const PROPERTIES: Readonly<Record<string, TrialProperty<Uint8Array, CodedOutput>>> = {
  agreement: ({ outputs }) => {
    const values = new Set(outputs.flat().map(textOf));
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
    const other = outputs.flat().some((output) => textOf(output) !== toHex(input));
    const missing = ended && correct.some((id) => outputs[id]?.length === 0);
    return other || missing ? `not all delivered ${toHex(input)}` : undefined;
  },
  integrity: ({ outputs }) => {
    const id = outputs.findIndex((own) => own.length > 1);
    return id < 0 ? undefined : `p${id} delivered more than once`;
  },
};

/** One instance of broadcast, coded half of the time, whose sender is the last member: as often a liar as not. */
export function codedSubject(
  wrong: Partial<Rules> = {},
): TrialSubject<Uint8Array, CodedMessage, CodedOutput> {
  const machines = new WeakMap<object, Coded>();
  return {
    name: 'coded',
    kinds: ['initial', 'dispersal', 'shard', 'echo', 'ready', 'payload'],
    create: ({ committee, self, prng }) => {
      const machine = new Coded({
        committee,
        self,
        sender: committee.member(committee.n - 1),
        rules: { ...rulesOf(committee, 'early'), ...wrong },
        digestOf,
        valid,
        payloadBytesMax: PAYLOAD_BYTES_MAX,
        coding: codingOf(committee),
        judges: false,
        codes: () => prng.chance(4, 5),
      });
      machines.set(machine, machine);
      return withStore(machine);
    },
    inputOf: (self, prng, committee) => (self === committee.n - 1 ? payloadOf(prng.below(2)) : undefined),
    arbitrary: arbitraryCoded,
    encode,
    decode,
    describe,
    retry: (machine) => machines.get(machine)?.retry() ?? [],
    linkUp: (machine, peer) => {
      machines.get(machine)?.linkReset(peer);
      return [];
    },
    remember: (said, effect) => {
      if (effect.kind === 'keep') {
        // As a store: what is kept last under a digest stands.
        said.push({ kind: 'payload', payload: effect.payload });
      }
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts: (earlier, later) => {
      const begins = (message: CodedMessage): boolean =>
        message.kind === 'initial' || message.kind === 'dispersal';
      if (begins(earlier) && begins(later)) return describe(earlier) !== describe(later);
      return (
        earlier.kind === later.kind &&
        'digest' in earlier &&
        'digest' in later &&
        !bytesEqual(earlier.digest, later.digest)
      );
    },
    properties: PROPERTIES,
  };

  function describe(message: CodedMessage): string {
    return `${message.kind} ${toHex('digest' in message ? message.digest.subarray(0, 2) : message.payload.subarray(0, 5))}`;
  }

  function encode(body: CodedMessage): Uint8Array {
    return encodeFrame(1, { kind: 'instance', sender: FIRST, instance: 1, body });
  }

  function decode(bytes: Uint8Array, committee: Committee): CodedMessage | undefined {
    const decoded = decodeMessages(bytes.subarray(FRAME_HEAD_BYTES), { committee, limits: LIMITS, epoch: 1 });
    const [message] = decoded.ok ? decoded.value : [];
    return message?.kind === 'instance' ? message.body : undefined;
  }
}
