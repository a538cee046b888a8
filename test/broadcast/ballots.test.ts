import { describe, expect, test } from 'vitest';
import { Ballots, DONE, ECHO, NO_VOTE, READY } from '../../src/broadcast/candidate.ts';

const TYPES = [ECHO, READY, DONE] as const;

/** Around the number of members whose votes are bits of one number, and far from it. */
describe.each([4, 5, 6, 30, 31, 32, 33, 34, 64, 100])('the votes of %i members', (n) => {
  const members = Array.from({ length: n }, (_, member) => member);
  const all = (ballots: Ballots) => TYPES.map((type) => members.map((member) => ballots.of(type, member)));
  const expected = (votes: readonly (readonly [type: number, member: number, candidate: number])[]) =>
    TYPES.map((type) =>
      members.map((member) => votes.find(([ofType, of]) => ofType === type && of === member)?.[2] ?? NO_VOTE),
    );

  test('each is of one member and one type', () => {
    expect(all(new Ballots(n))).toEqual(expected([]));
    for (const type of TYPES)
      for (const member of members) {
        const ballots = new Ballots(n);
        ballots.cast(type, member, 0);
        expect(all(ballots)).toEqual(expected([[type, member, 0]]));
      }
  });

  test('those for the first candidate are kept when somebody votes for another', () => {
    const votes = members.flatMap((member) =>
      TYPES.filter((type) => member % 3 !== type).map((type) => [type, member, 0] as const),
    );
    for (const member of [0, n - 1])
      for (const type of TYPES) {
        const ballots = new Ballots(n);
        const before = votes.filter(([ofType, of]) => ofType !== type || of !== member);
        for (const [ofType, of] of before) ballots.cast(ofType, of, 0);
        ballots.cast(type, member, 3);
        expect(all(ballots)).toEqual(expected([...before, [type, member, 3]]));
        const last = [READY, n - 2, 0] as const;
        ballots.cast(...last);
        const rest = [...before, [type, member, 3] as const].filter(
          ([ofType, of]) => ofType !== READY || of !== n - 2,
        );
        expect(all(ballots)).toEqual(expected([...rest, last]));
      }
  });
});
