import { describe, expect, test } from 'vitest';
import { portableSha256 } from '../../src/crypto/index.ts';
import { runScenario, SCHEDULES, type Scenario, STRATEGIES, scenario } from '../../src/simulator/index.ts';

const SIZES = [4, 5, 6, 7, 10];
const SEEDS = [1, 2, 3];

function scenarioOf(adversary: string, n: number, seed: number): Scenario {
  const f = Math.floor((n - 1) / 3);
  return scenario({
    n,
    f,
    seed,
    adversary,
    faulty: Array.from({ length: f }, (_, k) => n - 1 - k).sort((a, b) => a - b),
    form: (seed + n) % 2 === 0 ? 'early' : 'classic',
    schedule: SCHEDULES[(seed * 3 + n) % SCHEDULES.length] ?? 'uniform',
    chaos: { crashes: seed === 3, disks: seed === 3, cuts: seed === 3, partition: false },
    broadcasts: n > 7 ? 1 : 2,
  });
}

test('there are at least twenty strategies', () => {
  expect(Object.keys(STRATEGIES).length).toBeGreaterThanOrEqual(20);
});

describe.each(SIZES)('with %i members', (n) => {
  test.each(Object.keys(STRATEGIES))('f members of the strategy %s break nothing', (adversary) => {
    for (const seed of SEEDS) {
      const { violated, quiescent } = runScenario(scenarioOf(adversary, n, seed), { sha256: portableSha256 });
      expect(violated, `seed ${seed}`).toBeUndefined();
      expect(quiescent, `seed ${seed}`).toBe(true);
    }
  });
});
