import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBatch, type MemberMessage, type VoteKind } from '../../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { Member, type MemberEffect, type MemberOptions } from '../../src/member/index.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const WINDOW = 4;

function options(n: number): MemberOptions {
  const committee = new Committee(n, faultyMax(n));
  const self = committee.member(1);
  const limits = { ...LIMITS_DEFAULT, window: WINDOW };
  return { committee, self, form: 'early', limits, hasher };
}

const payloads = [0, 1].map((byte) => encodeBatch([Uint8Array.of(byte)]));
const digestOf = (instance: number, which: number): Digest =>
  hasher.digest(0, instance, payloads[which] ?? new Uint8Array());

interface Step {
  readonly from: number;
  readonly instance: number;
  readonly which: number;
  readonly kind: VoteKind | 'initial';
}

const steps = fc.array(
  fc.record<Step>({
    from: fc.nat(7),
    // Delivered, open, beyond the window, and far beyond it.
    instance: fc.constantFrom(1, 1, 1, 2, 2, 3, 5, 9),
    which: fc.constantFrom(0, 0, 0, 1),
    kind: fc.constantFrom('initial', 'echo', 'echo', 'ready', 'ready', 'done'),
  }),
  { maxLength: 80 },
);

test('a vote that is heard where it stands in a frame is heard as any message is', () => {
  fc.assert(
    fc.property(fc.constantFrom(4, 5, 6, 7, 8), steps, (n, list) => {
      const made = options(n);
      const { committee } = made;
      const sender = committee.member(0);
      const [byMessage, inPlace] = [new Member(made), new Member(made)];
      for (const { from: index, instance, which, kind } of list) {
        const from = committee.member(index % n);
        const heard = (member: Member, body: Parameters<typeof about>[1]): readonly MemberEffect[] =>
          member.handle(from, about(instance, body));
        if (kind === 'initial') {
          const payload = payloads[which] ?? new Uint8Array();
          expect(heard(inPlace, { kind, payload })).toEqual(heard(byMessage, { kind, payload }));
          continue;
        }
        const digest = digestOf(instance, which);
        const bytes = new Uint8Array(50).fill(0xee);
        bytes.set(digest, 7);
        const effects = inPlace.vote(from, { kind, sender, instance, bytes, at: 7 });
        bytes.fill(0xdd);
        expect(effects).toEqual(heard(byMessage, { kind, digest }));
      }
      expect(inPlace.streams()).toEqual(byMessage.streams());
      expect(inPlace.open(sender)).toEqual(byMessage.open(sender));

      function about(
        instance: number,
        body: Extract<MemberMessage, { kind: 'instance' }>['body'],
      ): MemberMessage {
        return { kind: 'instance', sender, instance, body };
      }
    }),
    { numRuns: 400 },
  );
});
