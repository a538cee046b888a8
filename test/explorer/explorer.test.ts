import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EXPLORATIONS, explore, search } from '../../src/simulator/index.ts';
import { BcastByz } from './bcast-byz.ts';
import { holds } from './holds.ts';

describe('everything that can happen in one broadcast', () => {
  // Three values from a liar take as long as all the others and have a file of their own.
  test.each(EXPLORATIONS.filter(({ long, name }) => !long && !name.includes('faulty sender, three')))(
    '$name: all properties hold in $states states',
    holds,
  );
});

test('the table in the docs holds these counts', () => {
  const script = fileURLToPath(new URL('../../scripts/explorer-table.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--check']);
});

describe('reductions change no verdict, and less is never seen without them', () => {
  const SUBJECTS = [
    ['a correct sender', { n: 4, sender: 'correct' }],
    ['a faulty sender of one value', { n: 4, values: 1 }],
    ['the form of 1987', { n: 4, form: 'classic', values: 1 }],
  ] as const;
  test.each(SUBJECTS)('%s', (_name, options) => {
    const counts = [true, false].flatMap((symmetry) =>
      [true, false].map((deadVariables) => {
        const { states, violations, complete } = explore({ ...options, symmetry, deadVariables });
        expect([violations, complete]).toEqual([[], true]);
        return states;
      }),
    );
    const [both = 0, symmetryOnly = 0, deadOnly = 0, none = 0] = counts;
    expect(both).toBeLessThan(symmetryOnly);
    expect(both).toBeLessThan(deadOnly);
    expect(symmetryOnly).toBeLessThan(none);
    expect(deadOnly).toBeLessThan(none);
  });

  test('a violation is found as near with them as without them', () => {
    const lengths = [true, false].flatMap((symmetry) =>
      [true, false].map((deadVariables) => {
        const { violations } = explore({ n: 4, liars: 2, symmetry, deadVariables });
        return violations.map(({ path }) => path.length);
      }),
    );
    expect(lengths).toEqual([[5], [5], [5], [5]]);
  });

  test('the table of one member is that of any other but for names', () => {
    const each = explore({ n: 4, sender: 'correct', eachMember: true });
    const { states, transitions } = explore({ n: 4, sender: 'correct' });
    expect([each.states, each.transitions]).toEqual([states, transitions]);
  });
});

describe('what must fail fails, told by a shortest way', () => {
  test('two liars among four', () => {
    const [violation] = explore({ n: 4, liars: 2 }).violations;
    expect(violation?.property).toBe('agreement');
    expect(violation?.path).toEqual([
      'p0 hears ECHO a of the liar p2.',
      'p1 hears ECHO b of the liar p2.',
      'p0 hears INITIAL a of the liar p3 and says ECHO a, says READY a and delivers a.',
      'p1 hears INITIAL b of the liar p3 and says ECHO b, says READY b and delivers b.',
      'In the end p0 delivered a, p1 delivered b.',
    ]);
  });

  test.each([
    ['two liars among four, in the form of 1987', { n: 4, liars: 2, form: 'classic' }, 'totality'],
    ['two silent members among four', { n: 4, liars: 2, sender: 'correct' }, 'validity'],
    ['n = 3f, with the thresholds of f = 0', { n: 3, liars: 1 }, 'totality'],
    [
      'n = 3f, with those of f = 1',
      { n: 3, liars: 1, form: 'classic', rules: { echo: 3, amplify: 2, deliver: 3, adopt: 2 } },
      'totality',
    ],
    ['an ECHO quorum one too small', { n: 4, form: 'classic', rules: { echo: 2 } }, 'totality'],
    ['delivery one READY too early', { n: 4, form: 'classic', rules: { deliver: 2 } }, 'totality'],
    ['amplification by the word of one', { n: 4, rules: { amplify: 1 } }, 'agreement'],
    ['the same in the form of 1987', { n: 4, form: 'classic', rules: { amplify: 1 } }, 'totality'],
    ['no amplification', { n: 4, form: 'classic', rules: { amplify: 9 } }, 'no-assertion-fails'],
    ['early delivery at one ECHO', { n: 4, rules: { deliverEarly: 1 } }, 'no-assertion-fails'],
    ['shards, and two liars among four', { n: 4, coded: true, liars: 2, values: 1 }, 'totality'],
    [
      'shards, and amplification by the word of one',
      { n: 4, coded: true, values: 1, rules: { amplify: 1 } },
      'totality',
    ],
  ] as const)('%s', (_name, options, property) => {
    const { violations } = explore(options);
    expect(violations.map((violation) => violation.property)).toContain(property);
    for (const { path } of violations) expect(path.at(-1)).toMatch(/^In the end /);
  });
});

describe('the search itself', () => {
  test('finds the states that TLC finds in bcastByz, N=4, T=1, F=1', () => {
    const model = new BcastByz(1, 1);
    const result = search(model);
    // tlaplus/Examples, manifest of bcastByz: 14,424 distinct states, 227,344 generated, depth 7 where 1 is the first.
    expect([result.states, model.generated, result.depth + 1]).toEqual([14_424, 227_344, 7]);
    expect(result.violations).toEqual([]);
  });

  test('finds forged broadcasts where more processes lie than are allowed for, and none where not', () => {
    const [violation] = search(new BcastByz(1, 2, { nobody: true })).violations;
    expect(violation?.property).toBe('unforgeability');
    expect(search(new BcastByz(1, 1, { nobody: true })).violations).toEqual([]);
  });

  test('stops where it is told to, and says that it has not seen all', () => {
    const bounded = explore({ n: 4, statesMax: 1_000 });
    expect(bounded.complete).toBe(false);
    expect(bounded.states).toBeGreaterThanOrEqual(1_000);
    const told: string[] = [];
    const stopped = explore({
      n: 4,
      onProgress: ({ phase }) => {
        told.push(phase);
        return false;
      },
    });
    expect([told, stopped.complete, stopped.violations]).toEqual([['machine'], false, []]);
  });

  test.each([
    { n: 4, values: 0 },
    { n: 4, values: 4 },
    { n: 4, liars: 4 },
    { n: 4, liars: 0, sender: 'faulty' },
  ] as const)('refuses %j', (options) => {
    expect(() => explore(options)).toThrow(RangeError);
  });
});
