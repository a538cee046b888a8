import { expect, test } from 'vitest';
import {
  drawTrial,
  runTrial,
  shrinkTrial,
  TRIAL_LIARS,
  type TrialSubject,
} from '../../src/simulator/index.ts';
import { brachaSubject } from './bracha-subject.ts';

const SEEDS = Array.from({ length: 1_500 }, (_, index) => index + 1);

test('broadcast holds under every liar, schedule and restart', () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    const scenario = drawTrial(seed);
    const { violated, ended } = runTrial(brachaSubject(), { scenario });
    expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
    if (scenario.faulty.length > 0) seen.add(scenario.liars);
  }
  expect([...seen].toSorted()).toEqual([...TRIAL_LIARS].toSorted());
});

test('the same seed gives the same trial', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const stories = [0, 1].map(() => {
      const story: string[] = [];
      runTrial(brachaSubject(), {
        scenario: drawTrial(seed),
        record: true,
        tell: (line) => story.push(line),
      });
      return story;
    });
    expect(stories[0]).toEqual(stories[1]);
  }
});

test('recorded steps give the same end', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const scenario = drawTrial(seed);
    const first = runTrial(brachaSubject(), { scenario, record: true });
    const again = runTrial(brachaSubject(), { scenario, replay: first.steps });
    expect([again.violated, again.ended]).toEqual([undefined, true]);
  }
});

/** What goes wrong first with this subject, over a few seeds, as short as it gets. */
function broken<Input, Message, Output>(subject: TrialSubject<Input, Message, Output>, fixed = {}) {
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const shrunk = shrinkTrial(subject, drawTrial(seed, fixed));
    if (shrunk !== undefined) return { seed, ...shrunk };
  }
  throw new Error('nothing found');
}

test('a wrong threshold is found, and told in a few sentences', () => {
  const { property, story, steps, before } = broken(brachaSubject({ amplify: 1 }));
  expect(['agreement', 'totality', 'validity']).toContain(property);
  expect(steps.length).toBeLessThan(before);
  expect(story.length).toBeLessThan(40);
  expect(story.join('\n')).toContain('a liar');
});

test('what throws, accuses the innocent, contradicts itself or does not survive the codec is found', () => {
  const subject = brachaSubject();
  const twist = (change: Partial<typeof subject>) => broken({ ...subject, ...change }).property;
  expect(
    twist({
      create: (member) => {
        const machine = subject.create(member);
        const handle = machine.handle.bind(machine);
        machine.handle = (from, message) => {
          if (message.kind === 'done') throw new Error('no');
          return handle(from, message);
        };
        return machine;
      },
    }),
  ).toBe('never-throws');
  expect(
    twist({
      create: (member) => {
        const machine = subject.create(member);
        machine.handle = (from) => [{ kind: 'fault', accused: from, code: 'equivocation' }];
        return machine;
      },
    }),
  ).toBe('no-false-accusation');
  expect(
    twist({
      create: (member) => {
        const machine = subject.create(member);
        machine.restore = () => [];
        return machine;
      },
    }),
  ).toMatch(/^(say-once|totality|agreement)$/);
  expect(twist({ encode: (message) => subject.encode(message).slice(1) })).toBe('codec');
});

test('more liars than are tolerated break what is promised', () => {
  expect(broken(brachaSubject(), { n: 4, f: 1, faulty: [2, 3] }).property).toMatch(/^(agreement|totality)$/);
});
