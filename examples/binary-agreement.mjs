// Binary agreement under the laboratory's schedules, liars and crashes:
//   npx quorumcast sim sweep --protocol examples/binary-agreement.mjs
//
// How a protocol of several messages, with coins, is handed to the laboratory. `docs/own-protocols.md` explains the fields.
import { BinaryAgreement, decodeAgreement, encodeAgreement, portableSha256 } from 'quorumcast/protocols';
import { PredictableCoin } from 'quorumcast/testing';

/**
 * @typedef {import('quorumcast/protocols').AgreementMessage} Message
 * @typedef {import('quorumcast/protocols').Bit} Bit
 * @typedef {import('quorumcast/protocols').Decision} Decision
 * @typedef {import('quorumcast/protocols').Digest} Digest
 */

const cluster = /** @type {Digest} */ (portableSha256(new Uint8Array(0)));
const scope = { cluster, epoch: 1, instance: Uint8Array.of(1) };
/** @type {WeakMap<object, BinaryAgreement>} */
const machines = new WeakMap();

/** @type {import('quorumcast/simulator').TrialSubject<Bit, Message, Decision>} */
export default {
  name: 'binary-agreement',
  kinds: ['bval', 'aux', 'conf', 'share', 'decide'],
  create: ({ committee, self }) => {
    // A coin that this program could foresee; the liars of the laboratory do not try.
    const coin = new PredictableCoin({ committee, self, seed: 1 });
    const machine = new BinaryAgreement({ committee, self, coin, scope });
    machines.set(machine, machine);
    return machine;
  },
  inputOf: (_self, prng) => (prng.chance(1, 2) ? 1 : 0),
  arbitrary: (prng) => {
    const round = 1 + prng.below(3);
    /** @type {Bit} */
    const value = prng.chance(1, 2) ? 1 : 0;
    const kind = prng.pick(/** @type {const} */ (['bval', 'aux', 'conf', 'decide']));
    return kind === 'conf'
      ? { kind, round, values: prng.pick(/** @type {const} */ ([1, 2, 3])) }
      : { kind, round, value };
  },
  encode: encodeAgreement,
  decode: (bytes) => {
    const decoded = decodeAgreement(bytes);
    return decoded.ok ? decoded.value : undefined;
  },
  linkUp: (machine, peer) => {
    const known = machines.get(machine);
    known?.linkReset(peer);
    return (known?.owedTo(peer) ?? []).map((message) => ({ kind: 'send', to: peer, message }));
  },
  contradicts: (earlier, later) => {
    if (earlier.kind !== later.kind || earlier.kind === 'bval') return false;
    if (earlier.kind !== 'decide' && earlier.round !== later.round) return false;
    return String(encodeAgreement(earlier)) !== String(encodeAgreement(later));
  },
  properties: {
    agreement: ({ outputs }) => {
      const values = new Set(outputs.flat().map(({ value }) => value));
      return values.size > 1 ? 'both values are decided' : undefined;
    },
    validity: ({ inputs, outputs }) => {
      const wrong = outputs.flat().find(({ value }) => !inputs.includes(value));
      return wrong === undefined ? undefined : `${wrong.value} was decided, which no correct member proposed`;
    },
    termination: ({ outputs, correct, ended }) => {
      const without = ended ? correct.filter((id) => outputs[id]?.length === 0) : [];
      return without.length > 0 ? `${without.map((id) => `p${id}`).join()} did not decide` : undefined;
    },
  },
};
