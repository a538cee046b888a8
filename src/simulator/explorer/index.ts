export { type Explored, type ExploreOptions, type ExploreProgress, explore } from './explore.ts';
export { EXPLORATIONS, type KnownExploration } from './known.ts';
export {
  type ExplorationResult,
  type ExplorationViolation,
  type Model,
  type SearchOptions,
  type SearchProgress,
  search,
} from './search.ts';
export type { ExploredMessages } from './setting.ts';
