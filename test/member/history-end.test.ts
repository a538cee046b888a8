import { expect, test } from 'vitest';
import { encodeBatch, encodeEnd } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { Member } from '../../src/member/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';

const committee = new Committee(4, 1);
const sender = committee.member(0);
const self = committee.member(1);
const voter = committee.member(2);
const behind = committee.member(3);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));

test('nobody is told where a stream goes on behind its END: one that lags must not pass it over', () => {
  const member = new Member({ committee, self, form: 'early', limits: LIMITS_DEFAULT, hasher });
  const ask = (instance: number) =>
    member.handle(behind, { kind: 'history', sender, instance, body: { kind: 'ask' } });
  const deliver = (instance: number, payload: Uint8Array): void => {
    const digest = hasher.digest(sender, instance, payload);
    member.handle(sender, { kind: 'instance', sender, instance, body: { kind: 'initial', payload } });
    member.handle(voter, { kind: 'instance', sender, instance, body: { kind: 'echo', digest } });
  };
  deliver(1, encodeBatch([Uint8Array.of(1)]));
  expect(ask(2)).toMatchObject([{ kind: 'recall-count', to: behind, instance: 2 }]);
  deliver(2, encodeEnd(new Uint8Array(32).fill(7)));
  expect(member.streams()[sender]).toMatchObject({ base: 3, nextSeq: 2 });
  expect(ask(2)).toMatchObject([{ kind: 'recall-count', to: behind, instance: 2 }]);
  expect(ask(3)).toBe(NOTHING);
});
