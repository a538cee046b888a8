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
const SENDERS = ['correct', 'correct', 'liar'] as const;

describe('the verdict of the demo', () => {
  const sent = [message(0, 1, 'a'), message(1, 1, 'b')];

  test('holds where all logs have the same, in whatever order of senders', () => {
    const logs = [log('p0', ...sent), log('p1', ...sent.toReversed())];
    expect(judge(logs, { submitted: sent }, SENDERS, name)).toEqual({
      agreement: 'holds',
      totality: 'holds',
      validity: 'holds',
      integrity: 'holds',
      notes: [],
    });
  });

  test('sees that two members delivered different things of a liar', () => {
    const logs = [log('p0', ...sent, message(2, 1, 'yes')), log('p1', ...sent, message(2, 1, 'no'))];
    const verdict = judge(logs, { submitted: sent }, SENDERS, name);
    expect(verdict).toMatchObject({ agreement: 'violated', totality: 'holds', integrity: 'holds' });
    expect(verdict.notes.join()).toMatch(/p2#1: p0 has .{8}, p1 has .{8}/);
  });

  test('leaves undecided what is missing at some', () => {
    const verdict = judge(
      [log('p0', ...sent), log('p1', ...sent.slice(1))],
      { submitted: sent },
      SENDERS,
      name,
    );
    expect(verdict).toMatchObject({ totality: 'undecided', validity: 'undecided', agreement: 'holds' });
    expect(verdict.notes).toEqual(['p0#1 is missing at p1']);
  });

  test('sees a message delivered twice, out of order, or never sent', () => {
    const twice = judge(
      [log('p0', message(0, 1, 'a'), message(0, 1, 'a'))],
      { submitted: [message(0, 1, 'a')] },
      SENDERS,
      name,
    );
    expect(twice.integrity).toBe('violated');
    const gap = judge([log('p0', message(0, 2, 'a'))], { submitted: [message(0, 2, 'a')] }, SENDERS, name);
    expect(gap.integrity).toBe('violated');
    const made = judge([log('p0', message(0, 1, 'x'))], { submitted: [message(0, 1, 'a')] }, SENDERS, name);
    expect(made.integrity).toBe('violated');
    expect(made.notes.join()).toContain('that p0 did not broadcast');
  });

  test('asks of a member that is gone only that it said and delivered what the others did', () => {
    const senders = ['correct', 'gone', 'liar'] as const;
    const submitted = [...sent, message(1, 2, 'accepted, and lost with it')];
    const unsure = [
      { sender: 1, payload: bytes('never answered') },
      { sender: 1, payload: bytes('nor this') },
    ];
    // It had accepted something more than it answered for, and the others got that.
    const more = message(1, 2, 'never answered');
    const gone = { ...log('p1', message(1, 1, 'b')), ended: true };
    const all = [log('p0', ...sent, more), log('p3', ...sent, more), gone];
    const holds = { agreement: 'holds', totality: 'holds', validity: 'holds', integrity: 'holds', notes: [] };
    expect(judge(all, { submitted: sent, unsure }, senders, name)).toEqual(holds);
    // What it alone accepted is nobody's fault.
    const without = [log('p0', ...sent), log('p3', ...sent), gone];
    expect(judge(without, { submitted, unsure }, senders, name)).toEqual(holds);
    // What it delivered before counts like all else.
    const otherwise = { ...log('p1', message(0, 1, 'other')), ended: true };
    const found = judge([log('p0', ...sent), log('p3', ...sent), otherwise], { submitted }, senders, name);
    expect(found).toMatchObject({ agreement: 'violated', integrity: 'violated' });
    const made = judge([log('p0', message(1, 1, 'made up'))], { submitted: [], unsure }, senders, name);
    expect(made.integrity).toBe('violated');
    expect(judge([gone, log('p0')], { submitted: sent }, senders, name).totality).toBe('undecided');
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
