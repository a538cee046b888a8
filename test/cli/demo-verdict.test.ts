import { describe, expect, test } from 'vitest';
import { planDemo } from '../../src/cli/demo/options.ts';
import { judge, type MemberLog, sequenceDigest } from '../../src/cli/demo/verdict.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const message = (sender: number, seq: number, text: string) => ({ sender, seq, payload: bytes(text) });
const log = (name: string, ...delivered: MemberLog['delivered'][number][]): MemberLog => ({
  name,
  delivered,
});
const name = (sender: number): string => `p${sender}`;
/** Members 0 and 1 are correct, 2 is faulty. */
const CORRECT = [true, true, false];

describe('the verdict of the demo', () => {
  const sent = [message(0, 1, 'a'), message(1, 1, 'b')];

  test('holds where all logs have the same, in whatever order of senders', () => {
    const logs = [log('p0', ...sent), log('p1', ...sent.toReversed())];
    expect(judge(logs, sent, CORRECT, name)).toEqual({
      agreement: 'holds',
      totality: 'holds',
      validity: 'holds',
      integrity: 'holds',
      notes: [],
    });
  });

  test('sees that two members delivered different things of a liar', () => {
    const logs = [log('p0', ...sent, message(2, 1, 'yes')), log('p1', ...sent, message(2, 1, 'no'))];
    const verdict = judge(logs, sent, CORRECT, name);
    expect(verdict).toMatchObject({ agreement: 'violated', totality: 'holds', integrity: 'holds' });
    expect(verdict.notes.join()).toMatch(/p2#1: p0 has .{8}, p1 has .{8}/);
  });

  test('leaves undecided what is missing at some', () => {
    const verdict = judge([log('p0', ...sent), log('p1', ...sent.slice(1))], sent, CORRECT, name);
    expect(verdict).toMatchObject({ totality: 'undecided', validity: 'undecided', agreement: 'holds' });
    expect(verdict.notes).toEqual(['p0#1 is missing at p1']);
  });

  test('sees a message delivered twice, out of order, or never sent', () => {
    const twice = judge(
      [log('p0', message(0, 1, 'a'), message(0, 1, 'a'))],
      [message(0, 1, 'a')],
      CORRECT,
      name,
    );
    expect(twice.integrity).toBe('violated');
    const gap = judge([log('p0', message(0, 2, 'a'))], [message(0, 2, 'a')], CORRECT, name);
    expect(gap.integrity).toBe('violated');
    const made = judge([log('p0', message(0, 1, 'x'))], [message(0, 1, 'a')], CORRECT, name);
    expect(made.integrity).toBe('violated');
    expect(made.notes.join()).toContain('that p0 did not broadcast');
  });

  test('names a sequence by its bytes and where they are cut', () => {
    const one = log('p0', message(0, 1, 'ab'), message(0, 2, 'c'));
    const other = log('p1', message(0, 1, 'a'), message(0, 2, 'bc'));
    expect(sequenceDigest(one, 0)).not.toBe(sequenceDigest(other, 0));
    expect(sequenceDigest(one, 1)).toBe('-');
  });
});

describe('the options of the demo', () => {
  test('default to four members of which the last lies', () => {
    expect(planDemo({})).toEqual({ n: 4, f: 1, adversaries: new Map([[3, 'equivocate']]) });
    expect(planDemo({ members: '3' }).adversaries.size).toBe(0);
  });

  test.each([
    [{ members: '0' }, '--members 0'],
    [{ members: 'four' }, '--members four'],
    [{ members: '4', faulty: '2' }, 'n >= 3f+1'],
    [{ byzantine: ['p9=silent'] }, 'p0 to p3'],
    [{ byzantine: ['p3=shout'] }, 'equivocate'],
    [{ byzantine: ['p3=silent', 'p3=equivocate'] }, 'twice'],
    [{ members: '1', byzantine: ['p0=silent'] }, 'nobody'],
  ])('refuse %j', (options, part) => {
    try {
      planDemo(options);
    } catch (error) {
      const { message: text, hint } = error as { message: string; hint: string };
      expect(`${text} ${hint}`).toContain(part);
      return;
    }
    expect.unreachable('it was accepted');
  });
});
