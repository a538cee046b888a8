import { type Bracha87WireMessage, decodeBracha87, encodeBracha87 } from '../../src/agreement/index.ts';
import type { Prng } from '../../src/base/index.ts';
import {
  type AgreementMessage,
  decodeAgreement,
  encodeAgreement,
  type InstanceMessage,
} from '../../src/codec/index.ts';
import type { Committee } from '../../src/committee/index.ts';
import {
  type AgreementCodec,
  decodeValueMessage,
  encodeValueMessage,
  type ValueMessage,
} from '../../src/subset/index.ts';
import { arbitraryMessage } from '../agreement/subject.ts';
import { arbitraryBroadcast } from './subject.ts';

/** What a trial needs of messages about a value. `A`: what the agreements on proposals say. */
export interface ValueCodec<A> {
  readonly encode: (message: ValueMessage<InstanceMessage, A>) => Uint8Array;
  readonly decode: (bytes: Uint8Array, committee: Committee) => ValueMessage<InstanceMessage, A> | undefined;
  readonly arbitrary: (prng: Prng, committee: Committee) => ValueMessage<InstanceMessage, A>;
}

function codecOf<A>(inner: AgreementCodec<A>) {
  return {
    encode: (message: ValueMessage<InstanceMessage, A>): Uint8Array => {
      if (message.kind === 'done') throw new Error('an agreement on a value ends otherwise');
      return encodeValueMessage(message, inner);
    },
    decode: (bytes: Uint8Array, committee: Committee) => {
      const decoded = decodeValueMessage(bytes, committee, inner);
      return decoded.ok ? decoded.value : undefined;
    },
    /** Any message; `vote` draws one of an agreement on a proposal. */
    about: (
      prng: Prng,
      committee: Committee,
      vote: (prng: Prng, committee: Committee) => A,
    ): ValueMessage<InstanceMessage, A> => {
      const proposer = prng.pick(committee.ids);
      if (prng.chance(1, 12)) return { kind: 'decided', value: Uint8Array.of(prng.below(3)) };
      if (prng.chance(1, 2)) return { kind: 'agreement', proposer, body: vote(prng, committee) };
      return { kind: 'broadcast', proposer, body: arbitraryBroadcast(prng, proposer) };
    },
  };
}

export const LOCAL_CODEC = codecOf<Bracha87WireMessage>({
  encode: encodeBracha87,
  decode: decodeBracha87,
  aboutBytes: () => 0,
});

const COMMON_CODEC = codecOf<AgreementMessage>({
  encode: encodeAgreement,
  decode: decodeAgreement,
  aboutBytes: () => 0,
});

export const VALUE_CODEC: ValueCodec<AgreementMessage> = {
  ...COMMON_CODEC,
  arbitrary: (prng, committee) => COMMON_CODEC.about(prng, committee, arbitraryMessage),
};
