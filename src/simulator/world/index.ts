export { durableEvent, labelOf } from './label.ts';
export type { Mind, MindContext, MindFactory } from './mind.ts';
export { checkContext, type RunOptions, type RunResult, run } from './run.ts';
export {
  type Chaos,
  SCHEDULES,
  type Scenario,
  type ScheduleName,
  SMALL_LIMITS,
  scenario,
} from './scenario.ts';
export { World, type WorldOptions } from './world.ts';
