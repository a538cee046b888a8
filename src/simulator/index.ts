export {
  ADVERSARIES,
  type Adversary,
  type AdversaryContext,
  type AdversaryName,
  AGREEMENT_LIARS,
  type AgreementLiar,
  type AgreementLiarName,
  type Bend,
  BendingParticipant,
  type Lie,
} from './adversary/index.ts';
export {
  AGREEMENT_PLANS,
  type AgreementMachine,
  type AgreementMaker,
  type AgreementPlan,
  type AgreementResult,
  type AgreementScenario,
  drawAgreement,
  ROUNDS_LIMIT,
  runAgreement,
} from './agreement/index.ts';
export {
  CAMPAIGNS,
  type Campaign,
  type CampaignName,
  noCounts,
  PRESETS,
  type Preset,
  type PresetName,
  RARE_PATHS,
  RareCounter,
  type RarePath,
  runScenario,
} from './campaign/index.ts';
export {
  type CheckContext,
  Checker,
  type Finding,
  Judge,
  PROPERTIES,
  type PropertyName,
  Tally,
  type Verdict,
} from './checker/index.ts';
export type { Decision } from './decision.ts';
export { type Delivered, type Durable, isDurable, SimulatedDisk } from './disk.ts';
export { type CrashPoint, type MessageLabel, TRACE_VERSION, type TraceEvent } from './event.ts';
export {
  EXPLORATIONS,
  type ExplorationResult,
  type ExplorationViolation,
  type Explored,
  type ExploredMessages,
  type ExploreOptions,
  type ExploreProgress,
  explore,
  type KnownExploration,
  type Model,
  type SearchOptions,
  type SearchProgress,
  search,
} from './explorer/index.ts';
export { Host, type HostOptions, type Sent, type Turn } from './host.ts';
export { Ear, type Heard, Liar, STRATEGIES, type Strategy } from './minds/index.ts';
export { KILLS, type Kill, MUTANTS, type Mutant } from './mutants/index.ts';
export { Network, type Observer } from './network.ts';
export { ddmin, narrate, type Shrunk, shrink } from './shrink/index.ts';
export {
  checkTraces,
  contextOf,
  type NodeHeader,
  type ParsedTrace,
  parseTrace,
  parseTraceEvent,
  parseTraceHeader,
  type SimulatedHeader,
  simulatedHeader,
  type Trace,
  type TraceHeader,
} from './trace/index.ts';
export {
  drawTrial,
  runTrial,
  type ShrunkTrial,
  shrinkTrial,
  TRIAL_LIARS,
  type TrialLiar,
  type TrialMember,
  type TrialOptions,
  type TrialOutcome,
  type TrialProperty,
  type TrialResult,
  type TrialScenario,
  type TrialStep,
  type TrialSubject,
} from './trial/index.ts';
export {
  type Chaos,
  checkContext,
  durableEvent,
  Heights,
  LetterNames,
  labelOf,
  type Mind,
  type MindContext,
  type MindFactory,
  type RunOptions,
  type RunResult,
  run,
  SCHEDULE_SUMMARIES,
  SCHEDULES,
  type Scenario,
  type ScheduleName,
  SMALL_LIMITS,
  scenario,
  World,
  type WorldOptions,
} from './world/index.ts';
