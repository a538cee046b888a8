import { STRATEGIES } from '../minds/index.ts';
import { type RunOptions, type RunResult, run, type Scenario } from '../world/index.ts';

/** Runs a scenario with the mind that it names. @throws RangeError if there is no strategy of that name */
export function runScenario(scenario: Scenario, options: Omit<RunOptions, 'scenario' | 'mind'>): RunResult {
  if (scenario.adversary === '') return run({ ...options, scenario });
  const strategy = STRATEGIES[scenario.adversary];
  if (strategy === undefined) throw new RangeError(`there is no strategy called "${scenario.adversary}"`);
  return run({ ...options, scenario, mind: strategy.make });
}
