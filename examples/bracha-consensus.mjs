// Bracha's agreement of 1987 as the laboratory tries it:
//   npx quorumcast sim sweep --protocol examples/bracha-consensus.mjs --seeds 1..20000
import { Bracha87, decodeBracha87, encodeBracha87, shortSteps } from 'quorumcast/protocols';

const STEPS = /** @type {const} */ ([1, 2, 3]);
const KINDS = /** @type {const} */ (['initial', 'echo', 'ready']);

/** @param {import('quorumcast/protocols').Prng} prng @returns {0 | 1} */
const bit = (prng) => (prng.chance(1, 2) ? 1 : 0);

/** @type {import('quorumcast/simulator').TrialSubject<0 | 1, import('quorumcast/protocols').Bracha87WireMessage, import('quorumcast/protocols').Decision>} */
export const subject = {
  name: 'bracha-consensus',
  kinds: ['initial', 'echo', 'ready', 'decide'],
  kindOf: (message) => (message.kind === 'step' ? message.body.kind : message.kind),
  create: ({ committee, self, prng }) =>
    new Bracha87({
      committee,
      self,
      broadcast: shortSteps(committee, self),
      toss: () => bit(prng),
      phasesAhead: 1,
    }),
  inputOf: (_self, prng) => bit(prng),
  encode: encodeBracha87,
  decode: (bytes, committee) => {
    const decoded = decodeBracha87(bytes, committee);
    return decoded.ok ? decoded.value : undefined;
  },
  arbitrary: (prng, committee) => {
    if (prng.chance(1, 12)) return { kind: 'decide', value: bit(prng) };
    const phase = 1 + prng.below(4);
    if (prng.chance(1, 12)) return { kind: 'again', phase };
    const step = prng.pick(STEPS);
    const body = {
      kind: prng.pick(KINDS),
      value: prng.below(step === 3 ? 4 : 2),
    };
    return { kind: 'step', phase, step, sender: prng.pick(committee.ids), body };
  },
  describe: (message) => {
    if (message.kind === 'again') return `AGAIN ${message.phase}`;
    if (message.kind === 'decide') return `DECIDE ${message.value}`;
    const { phase, step, sender, body } = message;
    const value = body.value < 2 ? body.value : `(d,${body.value - 2})`;
    return `${body.kind.toUpperCase()} ${value} of p${sender} in phase ${phase}, step ${step}`;
  },
  contradicts: (earlier, later) => {
    if (earlier.kind === 'decide' && later.kind === 'decide') return earlier.value !== later.value;
    if (earlier.kind !== 'step' || later.kind !== 'step') return false;
    const isSame =
      earlier.phase === later.phase &&
      earlier.step === later.step &&
      earlier.sender === later.sender &&
      earlier.body.kind === later.body.kind;
    return isSame && earlier.body.value !== later.body.value;
  },
  linkUp: (machine, to) => {
    if (!(machine instanceof Bracha87)) return [];
    machine.linkReset(to);
    return machine.said().map((message) => ({ kind: /** @type {const} */ ('send'), to, message }));
  },
  properties: {
    agreement: ({ outputs }) => {
      const values = new Set(outputs.flat().map(({ value }) => value));
      return values.size > 1 ? 'both bits are decided' : undefined;
    },
    validity: ({ inputs, outputs, correct }) => {
      const proposed = correct.map((id) => inputs[id]).filter((input) => input !== undefined);
      const [decision] = outputs.flat();
      if (decision === undefined || proposed.length === 0 || proposed.includes(decision.value))
        return undefined;
      return `${decision.value} is decided, which no correct member proposed`;
    },
    termination: ({ outputs, correct, ended }) => {
      const undecided = ended ? correct.filter((id) => outputs[id]?.length === 0) : [];
      return undecided.length === 0 ? undefined : `p${undecided.join(', p')} decided nothing`;
    },
    'few phases': ({ outputs }) => {
      const late = outputs.flat().find(({ round }) => round > 60);
      return late === undefined ? undefined : `a decision in phase ${late.round}`;
    },
  },
};
