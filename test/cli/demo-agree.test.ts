import { describe, expect, test } from 'vitest';
import { judgeAgreement } from '../../src/cli/demo/agree/verdict.ts';
import { AGREEMENT_LIARS } from '../../src/simulator/index.ts';
import { jsonLines, quorumcast } from './harness.ts';

describe('demo agree', () => {
  test('shows what each member said, its coins, the decision and the verdict', async () => {
    const args = ['-m', '4', '-b', 'p1=equivocate', '--propose', '1,1,1'];
    const { code, stdout, stderr } = await quorumcast(['demo', 'agree', ...args]);
    expect(stderr).toContain('p1 is Byzantine: it tells members with odd numbers the opposite');
    expect(stdout).toMatch(/^member +is +proposes +phase 1/m);
    expect(stdout).toMatch(/^p0 +correct +1 +1 1 \(d,1\).* 1 in phase [01]$/m);
    expect(stdout).toContain('agreement holds, validity holds, termination holds');
    expect(code).toBe(0);
  });

  test.each(Object.keys(AGREEMENT_LIARS))('holds with a liar that is %s', async (kind) => {
    const { code, stdout } = await quorumcast(['demo', 'agree', '--byzantine', `p3=${kind}`, '--json']);
    const lines = jsonLines(stdout);
    expect(lines.filter(({ event }) => event === 'member').length).toBe(4);
    expect(lines.at(-1)).toMatchObject({
      event: 'verdict',
      agreement: 'holds',
      validity: 'holds',
      termination: 'holds',
    });
    expect(code).toBe(0);
  });

  test.each([
    [['--members', '0'], '1 to 16'],
    [['--members', '4', '-b', 'p2=silent,p3=silent'], 'nothing is promised beyond 1'],
    [['-b', 'p9=silent'], 'no member "p9"'],
    [['-b', 'p3=odd'], 'kinds are equivocate'],
    [['-b', 'p3=silent,p3=silent'], 'twice'],
    [['--propose', '0,1'], '2 values for 3 correct members'],
    [['--propose', '0,1,2'], 'neither 0 nor 1'],
  ])('%j makes no sense', async (args, message) => {
    const { code, stderr } = await quorumcast(['demo', 'agree', ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(64);
  });
});

describe('the verdict', () => {
  const logs = (...decided: (0 | 1 | undefined)[]) => decided.map((value, id) => ({ id, decided: value }));

  test.each([
    [logs(1, 1, 1), [0, 1, 1], { agreement: 'holds', validity: 'holds', termination: 'holds' }],
    [logs(1, 0, 1), [0, 1, 1], { agreement: 'violated', validity: 'holds', termination: 'holds' }],
    [logs(1, 1, 1), [0, 0, 0], { agreement: 'holds', validity: 'violated', termination: 'holds' }],
    [logs(1, undefined, 1), [1, 1, 1], { agreement: 'holds', validity: 'holds', termination: 'undecided' }],
    [logs(undefined), [1], { agreement: 'undecided', validity: 'undecided', termination: 'undecided' }],
  ] as const)('%j of %j', (decided, proposals, verdict) => {
    expect(judgeAgreement(decided, proposals)).toEqual(verdict);
  });
});
