import { NO_STATE, StateTable } from './state-table.ts';

/** A system to search: its states are fixed numbers of 32-bit words. */
export interface Model {
  /** Words of a state. */
  readonly words: number;
  /** Hands each state to begin with to `emit`, which copies it. */
  start(emit: (state: Uint32Array) => void): void;
  /** Hands every successor of `state` to `emit`, once for each way to it, and returns the properties `state` breaks. */
  expand(state: Uint32Array, emit: (state: Uint32Array) => void): readonly string[];
  /** What happens along `states`, each of which is a successor of the one before, in words. */
  describe(states: readonly Uint32Array[]): string[];
}

/** How far a search has come. */
export interface SearchProgress {
  readonly states: number;
  readonly transitions: number;
  /** States whose successors are not known yet. */
  readonly open: number;
  readonly depth: number;
}

/** What bounds a search, and who hears of it. */
export interface SearchOptions {
  /** The search stops once it holds this many states. Default: no bound but memory. */
  readonly statesMax?: number;
  /** Whether to stop at the first violation, or to look for the nearest violation of each property. Default: stop. */
  readonly stopAtViolation?: boolean;
  /** Called now and then; returning false stops the search. */
  readonly onProgress?: (progress: SearchProgress) => boolean | undefined;
}

/** A state that breaks a property, and a shortest way to it. */
export interface ExplorationViolation {
  readonly property: string;
  /** One sentence a step. */
  readonly path: readonly string[];
}

/** What a search found. */
export interface ExplorationResult {
  /** Distinct states. */
  readonly states: number;
  /** Ways from a state to a state, those to states known before counted too. */
  readonly transitions: number;
  /** Steps to the remotest state. */
  readonly depth: number;
  readonly violations: readonly ExplorationViolation[];
  /** Whether every state that can be reached was. */
  readonly complete: boolean;
}

/** States between two calls of `onProgress`. */
const PROGRESS_EVERY = 65_536;

/** Breadth first, so that the way to a violation is as short as any. */
export function search(model: Model, options: SearchOptions = {}): ExplorationResult {
  const { statesMax = Number.POSITIVE_INFINITY, stopAtViolation = true, onProgress } = options;
  const table = new StateTable(model.words);
  const violations = new Map<string, ExplorationViolation>();
  const state = new Uint32Array(model.words);
  let transitions = 0;
  let depth = 0;
  let at = 0;
  const { words } = model;
  // The successors of one state, which are looked up together.
  let successors = new Uint32Array(64 * words);
  let count = 0;
  const emit = (successor: Uint32Array): void => {
    if ((count + 1) * words > successors.length) {
      const more = new Uint32Array(successors.length * 2);
      more.set(successors);
      successors = more;
    }
    for (let word = 0; word < words; word += 1) successors[count * words + word] = successor[word] ?? 0;
    count += 1;
  };
  model.start((first) => table.add(first, NO_STATE));
  let levelEnd = table.size;
  let stopped = false;
  for (; at < table.size && !stopped; at += 1) {
    if (at === levelEnd) {
      depth += 1;
      levelEnd = table.size;
    }
    table.read(at, state);
    count = 0;
    const broken = model.expand(state, emit);
    transitions += count;
    table.addAll(successors, count, at);
    for (const property of broken) {
      if (violations.has(property)) continue;
      violations.set(property, { property, path: model.describe(table.chain(at)) });
      stopped ||= stopAtViolation;
    }
    stopped ||= table.size >= statesMax && at + 1 < table.size;
    if (onProgress !== undefined && at % PROGRESS_EVERY === PROGRESS_EVERY - 1) {
      const progress = { states: table.size, transitions, open: table.size - at - 1, depth };
      stopped ||= onProgress(progress) === false;
    }
  }
  return {
    states: table.size,
    transitions,
    depth,
    violations: [...violations.values()],
    complete: at === table.size && !stopped,
  };
}
