// Agreements as the laboratory tries them: Bracha's of 1987, common subset, and agreement on a value with either coin. Used by
// scripts/lab-agreement.mjs.
import { Bracha87, decodeBracha87, encodeBracha87, shortSteps } from '../dist/agreement/index.js';
import { toHex } from '../dist/base/index.js';
import { decodeAgreement, encodeAgreement, VALUE_BYTES_MAX } from '../dist/codec/index.js';
import { asDigest } from '../dist/crypto/index.js';
import { nativeSha256 } from '../dist/node/index.js';
import {
  brachaSubset,
  CommonSubset,
  decodeValueMessage,
  encodeValueMessage,
  localSubset,
  ValueAgreement,
} from '../dist/subset/index.js';
import { PredictableCoin } from '../dist/testing/index.js';

/** @import { Prng } from '../dist/base/index.js' */
/** @import { Committee, NodeId } from '../dist/committee/index.js' */
/** @import { Digest } from '../dist/crypto/index.js' */

/** No run may take longer. */
const ROUNDS_LIMIT = 60;
/** Values that begin so are refused by every correct member. */
const REFUSED = 0xff;
const cluster = asDigest(new Uint8Array(32));
if (cluster === undefined) throw new Error('32 bytes are a digest');
const scope = { cluster, epoch: 1, instance: Uint8Array.of(1) };
const LOCAL = { encode: encodeBracha87, decode: decodeBracha87, aboutBytes: () => 0 };
const COMMON = { encode: encodeAgreement, decode: decodeAgreement, aboutBytes: () => 0 };

/** @param {Prng} prng @returns {0 | 1} */
const randomBit = (prng) => (prng.below(2) === 0 ? 0 : 1);
/** @param {any} decoded */
const valueIn = (decoded) => (decoded.ok ? decoded.value : undefined);

/** Proposals of a run are single bytes: their digests, by proposer and byte, are made once. @type {Map<number, Digest>} */
const digests = new Map();

/** @param {NodeId} proposer @param {Uint8Array} payload @returns {Digest} */
function digestOf(proposer, payload) {
  const [first = 0] = payload;
  const known = payload.length === 1 ? digests.get(proposer * 256 + first) : undefined;
  if (known !== undefined) return known;
  const digest = asDigest(nativeSha256(Uint8Array.of(proposer), payload));
  if (digest === undefined) throw new Error('SHA-256 has 32 bytes');
  if (payload.length === 1) digests.set(proposer * 256 + first, digest);
  return digest;
}

/** What all of these promise, told apart by `text` of an output. @param {(output: any) => string} text */
const common = (text) => ({
  agreement: (/** @type {any} */ { outputs }) => {
    const texts = new Set(outputs.flat().map(text));
    return texts.size > 1 ? `different things are decided: ${[...texts].join('; ')}` : undefined;
  },
  termination: (/** @type {any} */ { outputs, correct, ended }) => {
    const without = ended ? correct.filter((/** @type {number} */ id) => outputs[id].length === 0) : [];
    return without.length > 0 ? `p${without.join(', p')} decided nothing` : undefined;
  },
  'few rounds': (/** @type {any} */ { outputs }) =>
    outputs.flat().some((/** @type {any} */ { round = 0 }) => round > ROUNDS_LIMIT)
      ? `a decision after round ${ROUNDS_LIMIT}`
      : undefined,
});

/** What a correct member proposed, or nothing that all refuse. @param {any} outcome @param {Uint8Array} value @param {number} proposer */
function misquoted({ correct, inputs }, value, proposer) {
  if (value[0] === REFUSED) return 'a value that every correct member refuses';
  const input = inputs[proposer];
  return correct.includes(proposer) && (input === undefined || toHex(input) !== toHex(value))
    ? `p${proposer} did not propose ${toHex(value)}`
    : undefined;
}

/** A machine that is told who comes back. @param {(member: any) => any} make */
function owing(make) {
  return {
    linksBreak: true,
    create: make,
    retry: (/** @type {any} */ machine) => machine.retry?.() ?? [],
    linkUp: (/** @type {any} */ machine, /** @type {NodeId} */ peer) => {
      machine.linkReset(peer);
      const owed = machine.owedTo?.(peer) ?? machine.said();
      return owed.map((/** @type {any} */ message) => ({ kind: 'send', to: peer, message }));
    },
  };
}

const bracha87 = {
  name: 'bracha87',
  ...owing(({ committee, self, prng }) => {
    const broadcast = shortSteps(committee, self);
    return new Bracha87({ committee, self, broadcast, toss: () => randomBit(prng), phasesAhead: 1 });
  }),
  kinds: ['initial', 'echo', 'ready', 'decide'],
  kindOf: (/** @type {any} */ message) => (message.kind === 'step' ? message.body.kind : message.kind),
  encode: encodeBracha87,
  decode: (/** @type {Uint8Array} */ bytes, /** @type {Committee} */ committee) =>
    valueIn(decodeBracha87(bytes, committee)),
  inputOf: (/** @type {NodeId} */ _self, /** @type {Prng} */ prng) => randomBit(prng),
  arbitrary: arbitraryStep,
  contradicts: (/** @type {any} */ earlier, /** @type {any} */ later) =>
    about(earlier) === about(later) && toldOf(earlier) !== toldOf(later),
  properties: {
    ...common(({ value }) => String(value)),
    unanimity: (/** @type {any} */ { inputs, outputs, correct }) => {
      const proposed = new Set(correct.map((/** @type {number} */ id) => inputs[id]));
      // Who comes back knows what it decided, not any more when: its first output tells.
      const late = outputs.some((/** @type {any} */ [first]) => first !== undefined && first.round > 1);
      return late && proposed.size === 1 && !proposed.has(undefined)
        ? 'all proposed the same, and it is decided after phase 1'
        : undefined;
    },
    validity: (/** @type {any} */ { inputs, outputs, correct }) => {
      const proposed = correct.map((/** @type {number} */ id) => inputs[id]);
      const [decision] = outputs.flat();
      const known = proposed.some((/** @type {any} */ input) => input !== undefined);
      if (decision === undefined || !known || proposed.includes(decision.value)) return undefined;
      return `${decision.value}, which no correct member proposed`;
    },
  },
};

/** What a message of Bracha's agreement is about; undefined for one that may be said again. @param {any} message */
function about({ kind, phase, step, sender, body }) {
  if (kind === 'step') return ((phase * 4 + step) * 256 + sender) * 4 + ORDER.indexOf(body.kind);
  return kind === 'decide' ? -1 : undefined;
}
const ORDER = ['initial', 'echo', 'ready'];
/** @param {any} message */
const toldOf = (message) => (message.kind === 'step' ? message.body.value : message.value);

/** @param {Prng} prng @param {Committee} committee */
function arbitraryStep(prng, committee) {
  if (prng.chance(1, 12)) return { kind: 'decide', value: randomBit(prng) };
  const phase = 1 + prng.below(4);
  if (prng.chance(1, 12)) return { kind: 'again', phase };
  const step = prng.pick([1, 2, 3]);
  const kind = prng.pick(['initial', 'echo', 'ready']);
  const value = prng.below(step === 3 ? 4 : 2);
  return { kind: 'step', phase, step, sender: prng.pick(committee.ids), body: { kind, value } };
}

/** @param {Prng} prng */
function arbitraryVote(prng) {
  const round = 1 + prng.below(4);
  const kind = prng.pick(['bval', 'aux', 'conf', 'share', 'decide', 'again']);
  if (kind === 'conf') return { kind, round, values: 1 + prng.below(3) };
  if (kind === 'share') return { kind, round, share: Uint8Array.from({ length: 4 }, () => prng.below(256)) };
  return kind === 'again' ? { kind, round } : { kind, round, value: randomBit(prng) };
}

/** @param {(prng: Prng, committee: Committee) => any} vote @param {boolean} decided Whether members say DECIDED */
const arbitraryAbout = (vote, decided) => (/** @type {Prng} */ prng, /** @type {Committee} */ committee) => {
  const payload = Uint8Array.of(prng.chance(1, 8) ? REFUSED : prng.below(3));
  if (prng.chance(1, 20)) return decided ? { kind: 'decided', value: payload } : { kind: 'done' };
  const proposer = prng.pick(committee.ids);
  if (prng.chance(1, 2)) return { kind: 'agreement', proposer, body: vote(prng, committee) };
  const kind = prng.pick(['initial', 'echo', 'ready', 'pull', 'payload']);
  const isPayload = kind === 'initial' || kind === 'payload';
  const body = isPayload ? { kind, payload } : { kind, digest: digestOf(proposer, payload) };
  return { kind: 'broadcast', proposer, body };
};

/** A payload that was kept comes before what vouches for it. @param {any[]} said @param {any} effect */
function remember(said, effect) {
  if (effect.kind === 'keep') said.push({ kind: 'kept', payload: effect.payload });
  if (effect.kind === 'broadcast') said.push(effect.message);
}

/** What the subjects over proposals share. @param {any} codec @param {any} vote @param {boolean} decided */
const overProposals = (codec, vote, decided) => ({
  kinds: ['broadcast', 'agreement', decided ? 'decided' : 'done'],
  encode: (/** @type {any} */ message) =>
    message.kind === 'done' ? Uint8Array.of(0) : encodeValueMessage(message, codec),
  decode: (/** @type {Uint8Array} */ bytes, /** @type {Committee} */ committee) =>
    bytes[0] === 0 ? { kind: 'done' } : valueIn(decodeValueMessage(bytes, committee, codec)),
  arbitrary: arbitraryAbout(vote, decided),
  inputOf: (/** @type {NodeId} */ _self, /** @type {Prng} */ prng) => Uint8Array.of(prng.below(3)),
  remember,
});

/** @param {any} member */
const proposals = ({ committee, self }) => ({
  ...{ committee, self, form: /** @type {const} */ ('early'), digestOf, payloadBytesMax: VALUE_BYTES_MAX },
  valid: (/** @type {Uint8Array} */ payload) => payload[0] !== REFUSED,
});

/** @param {any} member */
function overCoin(member) {
  const coin = new PredictableCoin({ committee: member.committee, self: member.self, seed: member.seed });
  return brachaSubset({ ...proposals(member), coin, scope });
}

const subset = {
  name: 'subset',
  ...owing((member) => new CommonSubset(overCoin(member))),
  ...overProposals(COMMON, arbitraryVote, false),
  properties: {
    ...common((set) =>
      set.map((/** @type {any} */ one) => `${one.proposer}:${toHex(one.payload)}`).join(' '),
    ),
    size: (/** @type {any} */ { outputs, committee }) =>
      outputs.flat().some((/** @type {any} */ set) => set.length < committee.quorums.correct)
        ? 'fewer than n-f are in'
        : undefined,
    validity: (/** @type {any} */ outcome) =>
      outcome.outputs
        .flat(2)
        .map((/** @type {any} */ one) => misquoted(outcome, one.payload, one.proposer))
        .find((/** @type {any} */ wrong) => wrong !== undefined),
  },
};

const VALUE_PROPERTIES = {
  ...common(({ value }) => toHex(value)),
  validity: (/** @type {any} */ { inputs, outputs, correct }) => {
    const texts = correct.map((/** @type {number} */ id) => inputs[id] && toHex(inputs[id]));
    const same = new Set(texts).size === 1 && texts[0] !== undefined;
    for (const { value } of outputs.flat()) {
      if (value[0] === REFUSED) return 'a value that every correct member refuses';
      if (same && toHex(value) !== texts[0])
        return `all proposed ${texts[0]}, and ${toHex(value)} is decided`;
    }
    return undefined;
  },
};

const value = {
  name: 'value',
  ...owing((member) => new ValueAgreement(overCoin(member))),
  ...overProposals(COMMON, arbitraryVote, true),
  properties: VALUE_PROPERTIES,
};

const localValue = {
  name: 'local-value',
  ...owing((member) => {
    const toss = () => randomBit(member.prng);
    return new ValueAgreement(localSubset({ ...proposals(member), toss }));
  }),
  ...overProposals(LOCAL, arbitraryStep, true),
  properties: VALUE_PROPERTIES,
};

/** By name. @type {Readonly<Record<string, any>>} */
export const AGREEMENT_SUBJECTS = { bracha87, subset, value, 'local-value': localValue };
