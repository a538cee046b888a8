export { Heights } from './heights.ts';
export { durableEvent, labelOf } from './label.ts';
export { LetterNames } from './letter-names.ts';
export type { Mind, MindContext, MindFactory } from './mind.ts';
export type { WorldOptions } from './options.ts';
export { checkContext, type RunOptions, type RunResult, run } from './run.ts';
export {
  CALM,
  type Chaos,
  SCHEDULE_SUMMARIES,
  SCHEDULES,
  type Scenario,
  type ScheduleName,
  SMALL_LIMITS,
  scenario,
} from './scenario.ts';
export { type Schedule, scheduleOf } from './schedule.ts';
export { UnderWay } from './under-way.ts';
export { World } from './world.ts';
