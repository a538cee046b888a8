import { BinaryAgreement, type Decision } from '../../src/agreement/index.ts';
import type { Prng } from '../../src/base/index.ts';
import { type Bit, toHex } from '../../src/base/index.ts';
import { type AgreementMessage, decodeAgreement, encodeAgreement } from '../../src/codec/index.ts';
import type { CoinScope } from '../../src/coin/index.ts';
import type { Committee, NodeId } from '../../src/committee/index.ts';
import { asDigest } from '../../src/crypto/index.ts';
import type { AgreementMaker, TrialProperty, TrialSubject } from '../../src/simulator/index.ts';
import { PredictableCoin } from '../../src/testing/index.ts';

const cluster = asDigest(new Uint8Array(32).fill(7));
if (cluster === undefined) throw new Error('32 bytes are a digest');
/** Where the agreements of these tests stand. */
export const SCOPE: CoinScope = { cluster, epoch: 1, instance: Uint8Array.of(1) };

/** Makes the machine of one member; another one for a mutant. */
export type MakeAgreement = (committee: Committee, self: NodeId, coinSeed: number) => BinaryAgreement;

/** The machine under test, with a coin that a test can look at. */
export const makeAgreement: MakeAgreement = (committee, self, seed) =>
  new BinaryAgreement({
    committee,
    self,
    scope: SCOPE,
    coin: new PredictableCoin({ committee, self, seed }),
  });

/** The same for the arena. */
export const MAKER: AgreementMaker = {
  machine: makeAgreement,
  toss: (committee, self, seed, round) =>
    new PredictableCoin({ committee, self, seed }).toss({ ...SCOPE, round }),
  peek: (committee, seed, round) =>
    new PredictableCoin({ committee, self: committee.member(0), seed }).peek({ ...SCOPE, round }),
};

/** What binary agreement promises. */
export const AGREEMENT_PROPERTIES: Readonly<Record<string, TrialProperty<Bit, Decision>>> = {
  agreement: ({ outputs }) => {
    const values = new Set(outputs.flat().map(({ value }) => value));
    return values.size > 1 ? 'both values are decided' : undefined;
  },
  validity: ({ inputs, outputs }) => {
    const wrong = outputs.flat().find(({ value }) => !inputs.includes(value));
    return wrong === undefined ? undefined : `${wrong.value} was decided, which no correct member proposed`;
  },
  integrity: ({ outputs }) => {
    const id = outputs.findIndex((own) => own.length > 1);
    return id < 0 ? undefined : `p${id} decided more than once`;
  },
  termination: ({ outputs, correct, ended }) => {
    const without = ended ? correct.filter((id) => outputs[id]?.length === 0) : [];
    return without.length > 0 ? `${without.map((id) => `p${id}`).join()} did not decide` : undefined;
  },
};

/** Whether two statements of one member are such as no correct member makes both. */
export function contradicts(earlier: AgreementMessage, later: AgreementMessage): boolean {
  const binds = earlier.kind === 'decide' || earlier.round === later.round;
  if (earlier.kind !== later.kind || earlier.kind === 'bval' || !binds) return false;
  return toHex(encodeAgreement(earlier)) !== toHex(encodeAgreement(later));
}

/** Any message, of few rounds so that votes meet; now and then of a far one. */
export function arbitraryMessage(prng: Prng): AgreementMessage {
  const round = prng.chance(1, 12) ? 1 + prng.below(40) : 1 + prng.below(3);
  const value: Bit = prng.chance(1, 2) ? 1 : 0;
  switch (prng.pick(['bval', 'bval', 'aux', 'aux', 'conf', 'conf', 'share', 'decide', 'again'] as const)) {
    case 'bval':
      return { kind: 'bval', round, value };
    case 'aux':
      return { kind: 'aux', round, value };
    case 'conf':
      return { kind: 'conf', round, values: prng.pick([1, 2, 3] as const) };
    case 'share':
      return {
        kind: 'share',
        round,
        share: Uint8Array.from({ length: prng.below(6) }, () => prng.below(256)),
      };
    case 'decide':
      return { kind: 'decide', round: round - 1, value };
    case 'again':
      return { kind: 'again', round };
  }
}

/** One agreement as the laboratory tries it. */
export function agreementSubject(make = makeAgreement): TrialSubject<Bit, AgreementMessage, Decision> {
  const machines = new WeakMap<object, BinaryAgreement>();
  return {
    name: 'binary-agreement',
    kinds: ['bval', 'aux', 'conf', 'share', 'decide'],
    create: ({ committee, self }) => {
      const machine = make(committee, self, 1);
      machines.set(machine, machine);
      return machine;
    },
    inputOf: (_self, prng) => (prng.chance(1, 2) ? 1 : 0),
    arbitrary: arbitraryMessage,
    encode: encodeAgreement,
    decode: (bytes) => {
      const decoded = decodeAgreement(bytes);
      return decoded.ok ? decoded.value : undefined;
    },
    linkUp: (machine, peer) => {
      const known = machines.get(machine);
      known?.linkReset(peer);
      return (known?.owedTo(peer) ?? []).map((message) => ({ kind: 'send' as const, to: peer, message }));
    },
    contradicts,
    properties: AGREEMENT_PROPERTIES,
  };
}
