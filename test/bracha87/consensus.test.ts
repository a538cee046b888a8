import { describe, expect, test } from 'vitest';
import * as agreement from '../../src/agreement/index.ts';
import { Bracha87, type Bracha87Message, type Decision, shortSteps } from '../../src/agreement/index.ts';
import type { Bit } from '../../src/base/index.ts';
import * as committees from '../../src/committee/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { type Effects, NOTHING } from '../../src/protocol/index.ts';
import { type IdealMessage, idealSteps, inStep, modelled } from '../../src/simulator/agreement/index.ts';
import { drawTrial, runTrial, TRIAL_LIARS } from '../../src/simulator/index.ts';
import { farBehind } from './far-behind.ts';
import { mean } from './phases.ts';
import { bracha87Subject } from './subject.ts';

describe('under every liar, schedule and restart', () => {
  test('every run decides, the same, what somebody proposed', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 250; seed += 1) {
      const scenario = drawTrial(seed);
      const { violated, ended } = runTrial(bracha87Subject(), { scenario });
      expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
      if (scenario.faulty.length > 0) seen.add(scenario.liars);
    }
    expect([...seen].toSorted()).toEqual([...TRIAL_LIARS].toSorted());
  });

  test.each(['zeros', 'ones'] as const)(
    'all correct members propose %s: decided in the first phase',
    (inputs) => {
      for (let seed = 1; seed <= 60; seed += 1) {
        const { violated, ended } = runTrial(bracha87Subject({ inputs }), { scenario: drawTrial(seed) });
        expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
      }
    },
  );

  test('a member that hears nothing for some phases comes back in, and asks for what it had no room for', () => {
    for (const seed of [2, 4, 5]) {
      const { undecided, asked, phases } = farBehind({ agreement, committee: committees }, seed);
      expect(undecided).toEqual([]);
      expect(phases).toBeGreaterThan(3);
      expect(asked).toBeGreaterThan(0);
    }
  });
});

describe('phases until a member decides', () => {
  test.each([
    [4, 1],
    [5, 1],
    [6, 1],
    [7, 2],
    [10, 3],
  ])('n=%i f=%i: within a tenth of the analysis', (n, f) => {
    const committee = new Committee(n, f);
    const expected = mean(modelled(committee, { seed: 1, runs: 4_000 }));
    const got = mean(inStep(committee, { seed: 1, runs: 800 }).histogram);
    expect(Math.abs(got - expected) / expected).toBeLessThan(0.1);
  });
});

type Message = Bracha87Message<IdealMessage>;
type Outs = Effects<Message, Decision>;

/** One member of four, over broadcasts that deliver at once: what it says in which step, and what it decides. */
class Scene {
  readonly committee = new Committee(4, 1);
  readonly self = this.committee.member(0);
  readonly tosses: number[] = [];
  readonly machine: Bracha87<IdealMessage>;

  constructor(phasesMax = 10) {
    const toss = (phase: number): Bit => {
      this.tosses.push(phase);
      return 1;
    };
    const { committee, self } = this;
    const broadcast = idealSteps();
    this.machine = new Bracha87({ committee, self, broadcast, toss, phasesAhead: 1, phasesMax });
  }

  /** A phase in which nobody can mark anything: two say 0, this member among them, and two 1. What its end makes it say. */
  split(): readonly string[] {
    for (const step of [1, 2, 3] as const)
      for (const [from, value] of [
        [1, 0],
        [2, 1],
        [3, 1],
      ] as const) {
        const lines = this.hears(from, 1, step, value);
        if (step === 3 && from === 2) return lines;
      }
    return [];
  }

  propose(value: Bit): readonly string[] {
    return this.#carry(this.machine.propose(value));
  }

  /** Member `from` says `value` in a step: plain 0 and 1, or 2 and 3 for (d,0) and (d,1). */
  hears(from: number, phase: number, step: 1 | 2 | 3, value: number): readonly string[] {
    const sender = this.committee.member(from);
    return this.#handle(sender, { kind: 'step', phase, step, sender, body: { kind: 'ideal', value } });
  }

  decided(from: number, value: Bit): readonly string[] {
    return this.#handle(this.committee.member(from), { kind: 'decide', value });
  }

  asks(from: number, phase: number): readonly string[] {
    return this.#handle(this.committee.member(from), { kind: 'again', phase });
  }

  #handle(from: NodeId, message: Message): readonly string[] {
    return this.#carry(this.machine.handle(from, message));
  }

  #carry(effects: Outs): readonly string[] {
    return effects.flatMap((effect): readonly string[] => {
      switch (effect.kind) {
        case 'broadcast':
          return [said(effect.message), ...this.#handle(this.self, effect.message)];
        case 'send':
          return [`to p${effect.to}: ${said(effect.message)}`];
        case 'output':
          return [`decides ${effect.output.value} in phase ${effect.output.round}`];
        case 'fault':
          return [`accuses p${effect.accused} of ${effect.code}`];
        default:
          return [effect.kind];
      }
    });
  }
}

function said(message: Message): string {
  if (message.kind === 'decide') return `DECIDE ${message.value}`;
  if (message.kind === 'again') return `AGAIN ${message.phase}`;
  const { value } = message.body;
  return `${message.phase}.${message.step} ${value < 2 ? value : `(d,${value - 2})`}`;
}

describe('step by step', () => {
  test('three members that say the same decide in one phase, and wait for the others in the next', () => {
    const scene = new Scene();
    expect(scene.propose(1)).toEqual(['1.1 1']);
    expect(scene.hears(1, 1, 1, 1)).toEqual([]);
    expect(scene.hears(2, 1, 1, 1)).toEqual(['1.2 1']);
    scene.hears(1, 1, 2, 1);
    expect(scene.hears(2, 1, 2, 1)).toEqual(['1.3 (d,1)']);
    scene.hears(1, 1, 3, 3);
    expect(scene.hears(2, 1, 3, 3)).toEqual(['decides 1 in phase 1', 'DECIDE 1', '2.1 1']);
    expect(scene.tosses).toEqual([]);
    expect(scene.decided(1, 1)).toEqual([]);
    scene.decided(2, 1);
    expect(scene.machine.terminated).toBe(true);
  });

  test('a mark that no majority can have made is not counted until it can', () => {
    const scene = new Scene();
    scene.propose(0);
    scene.hears(1, 1, 1, 0);
    scene.hears(2, 1, 1, 1);
    scene.hears(1, 1, 2, 0);
    expect(scene.hears(3, 1, 3, 3)).toEqual([]);
    expect(scene.hears(2, 1, 2, 0)).toEqual(['1.3 (d,0)']);
    expect(scene.machine.inspect().waiting).toEqual({
      valid: [{ member: 0, value: 2 }],
      unjustified: [3],
      missing: [1, 2],
    });
  });

  test('in step 3 a plain value is that of step 2', () => {
    const scene = new Scene();
    scene.propose(0);
    for (const [from, value] of [
      [1, 0],
      [2, 1],
      [3, 1],
    ] as const)
      scene.hears(from, 1, 1, value);
    for (const [from, value] of [
      [1, 0],
      [2, 1],
      [3, 1],
    ] as const)
      scene.hears(from, 1, 2, value);
    scene.hears(2, 1, 3, 0);
    expect(scene.machine.inspect().waiting.unjustified).toEqual([2]);
    scene.hears(3, 1, 3, 1);
    expect(scene.machine.inspect().waiting.valid.map(({ member }) => member)).toContain(3);
  });

  test('what came before its reasons is looked at again when they come, steps later', () => {
    const scene = new Scene();
    for (const from of [1, 2, 3]) {
      scene.hears(from, 2, 1, 1);
      scene.hears(from, 1, 3, 3);
      scene.hears(from, 1, 2, 1);
    }
    scene.hears(1, 1, 1, 1);
    scene.hears(2, 1, 1, 1);
    scene.hears(3, 1, 1, 1);
    expect(scene.propose(1)).toEqual([
      '1.1 1',
      '1.2 1',
      '1.3 (d,1)',
      'decides 1 in phase 1',
      'DECIDE 1',
      '2.1 1',
      '2.2 1',
    ]);
  });

  test('f+1 members that decided are believed, f are not; a second DECIDE of one member is a fault or nothing', () => {
    const scene = new Scene();
    expect(scene.decided(3, 1)).toEqual([]);
    expect(scene.decided(3, 1)).toEqual([]);
    expect(scene.decided(3, 0)).toEqual(['accuses p3 of conflicting-decide']);
    // Its own DECIDE is the third of four.
    expect(scene.decided(2, 1)).toEqual(['decides 1 in phase 0', 'DECIDE 1']);
    expect(scene.machine.terminated).toBe(true);
    expect(scene.machine.said()).toEqual([{ kind: 'decide', value: 1 }]);
    expect(scene.propose(0)).toEqual([]);
  });

  test('what lies too far ahead is asked for when there is room, once; and answered once a link', () => {
    const scene = new Scene();
    scene.propose(0);
    expect(scene.hears(3, 3, 1, 0)).toEqual([]);
    expect(scene.hears(3, 9, 1, 0)).toEqual([]);
    expect(scene.machine.size).toBe(1);
    expect(scene.split()).toEqual(['to p3: AGAIN 3', '2.1 1']);
    expect(scene.tosses).toEqual([1]);
    expect(scene.asks(3, 1)).toEqual(['to p3: 1.1 0', 'to p3: 1.2 0', 'to p3: 1.3 0']);
    expect(scene.asks(3, 1)).toEqual([]);
    expect(scene.asks(3, 8)).toEqual([]);
    scene.machine.linkReset(scene.committee.member(3));
    expect(scene.asks(3, 1).length).toBe(3);
  });

  test('phases run out: nothing is made up, and others can still tell', () => {
    const scene = new Scene(1);
    scene.propose(0);
    expect(scene.split()).toEqual([]);
    expect(scene.machine.inspect()).toMatchObject({ exhausted: true, decision: undefined });
    expect(scene.hears(1, 2, 1, 0)).toEqual(['accuses p1 of malformed-message']);
    scene.decided(1, 0);
    expect(scene.decided(2, 0)).toEqual(['decides 0 in phase 1', 'DECIDE 0']);
  });

  test('a member that comes back stands where it was', () => {
    const committee = new Committee(4, 1);
    const self = committee.member(0);
    const make = () =>
      new Bracha87({ committee, self, broadcast: shortSteps(committee, self), toss: () => 0 });
    const machine = make();
    expect(
      machine.restore([
        { kind: 'step', phase: 1, step: 1, sender: self, body: { kind: 'initial', value: 1 } },
        { kind: 'step', phase: 1, step: 1, sender: self, body: { kind: 'echo', value: 1 } },
        { kind: 'step', phase: 1, step: 2, sender: self, body: { kind: 'initial', value: 0 } },
      ]),
    ).toEqual([
      {
        kind: 'broadcast',
        message: { kind: 'step', phase: 1, step: 2, sender: self, body: { kind: 'echo', value: 0 } },
      },
    ]);
    expect(machine.inspect()).toMatchObject({ phase: 1, step: 2, value: 0 });
    expect(() => machine.propose(1)).toThrow('has a value of this member already');
    const decided = make();
    const output = { kind: 'output', output: { value: 1, round: 0 } };
    expect(decided.restore([{ kind: 'decide', value: 1 }])).toEqual([output]);
  });

  test('a step that nobody waits for costs nothing', () => {
    const scene = new Scene();
    scene.hears(1, 1, 1, 1);
    const sender = scene.committee.member(1);
    const again: Message = { kind: 'step', phase: 1, step: 1, sender, body: { kind: 'ideal', value: 1 } };
    expect(scene.machine.handle(sender, again)).toBe(NOTHING);
  });
});
