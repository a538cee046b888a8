import { type BroadcastForm, type Rules, rulesOf } from '../../broadcast/index.ts';
import { Committee, faultyMax } from '../../committee/index.ts';
import { automataOf } from './automaton.ts';
import { BroadcastModel } from './broadcast-model.ts';
import { minimised } from './minimise.ts';
import { type ExplorationResult, type SearchProgress, search } from './search.ts';
import { type ExploredMessages, settingOf } from './setting.ts';
import { symmetriesOf } from './symmetry.ts';

/** What to explore: one instance of broadcast. */
export interface ExploreOptions {
  readonly n: number;
  /** Default: the most that n members tolerate. */
  readonly f?: number;
  readonly form?: BroadcastForm;
  /** Whether the sender is one of the liars. Default: it is, if anybody lies. */
  readonly sender?: 'correct' | 'faulty';
  /** How many lie: the last members. Default: f. More than f are a negative control. */
  readonly liars?: number;
  /** How many payloads there are, 1 to 3. Default: 2. */
  readonly values?: number;
  /** `votes` (default): INITIAL, ECHO, READY and the pull of a payload. `all`: DONE too, which members that lag get. */
  readonly messages?: ExploredMessages;
  /**
   * Payloads are sent in shards; those of the last payload, if it is not a correct sender's, fit to none at all. Default:
   * sent whole.
   */
  readonly coded?: boolean;
  /** Thresholds other than those of n, f and the form: negative controls. */
  readonly rules?: Partial<Rules>;
  /** Whether states that differ in names only count as one. Default: yes. */
  readonly symmetry?: boolean;
  /** Whether states of a member that nobody can tell apart count as one. Default: yes. */
  readonly deadVariables?: boolean;
  /** Whether to take each member's table from its own machine, and not one for all that are no sender. Default: no. */
  readonly eachMember?: boolean;
  /** The search stops once it holds this many states. */
  readonly statesMax?: number;
  /** Told now and then; returning false stops. */
  readonly onProgress?: (progress: ExploreProgress) => boolean | undefined;
}

/** How far an exploration is: first it takes the tables of single members from the real machine, then it searches. */
export type ExploreProgress =
  | { readonly phase: 'machine'; readonly states: number; readonly open: number }
  | ({ readonly phase: 'search' } & SearchProgress);

/** What an exploration found. */
export interface Explored extends ExplorationResult {
  /** By correct member: states that the real machine can be brought to. */
  readonly machineStates: readonly number[];
  /** By correct member: how many of them others can tell apart. */
  readonly tableStates: readonly number[];
  /** Renamings that change nothing, the identity among them. */
  readonly symmetries: number;
}

/**
 * Every state that correct members of one instance can come to, whatever the liars say and whatever arrives when: the
 * broadcast code itself answers each message in each state. Agreement, integrity and say-once are judged in every state;
 * totality and validity where nothing more can happen. `docs/explorer.md` is about the model and its reductions.
 *
 * @throws RangeError for a committee, or a number of liars or values, that makes no sense
 */
export function explore(options: ExploreOptions): Explored {
  const { n, form = 'early', values = 2, onProgress } = options;
  const f = options.f ?? faultyMax(n);
  const liars = options.liars ?? f;
  const sender = options.sender ?? (liars === 0 ? 'correct' : 'faulty');
  if (values < 1 || values > 3) throw new RangeError(`${values} values: 1 to 3 can be explored`);
  if (liars < 0 || liars >= n) throw new RangeError(`${liars} liars among ${n} members`);
  if (sender === 'faulty' && liars === 0) throw new RangeError('a faulty sender needs a liar');
  const committee = new Committee(n, Math.min(f, faultyMax(n)));
  const rules = { ...rulesOf(committee, form), ...options.rules };
  const messages = options.messages ?? 'votes';
  const setting = settingOf({
    committee,
    rules,
    sender,
    liars,
    values,
    messages,
    coded: options.coded === true,
  });
  const goesOn = (states: number, open: number): boolean =>
    onProgress?.({ phase: 'machine', states, open }) !== false;
  const machines = automataOf(setting, { each: options.eachMember === true, goesOn });
  if (machines === undefined) return UNBEGUN;
  const automata = options.deadVariables === false ? machines : machines.map(minimised);
  const symmetries = options.symmetry === false ? [] : symmetriesOf(setting, automata);
  const result = search(new BroadcastModel(setting, automata, symmetries), {
    ...(options.statesMax === undefined ? {} : { statesMax: options.statesMax }),
    onProgress: (progress) => onProgress?.({ phase: 'search', ...progress }),
  });
  return {
    ...result,
    machineStates: machines.map(({ states }) => states),
    tableStates: automata.map(({ states }) => states),
    symmetries: symmetries.length + 1,
  };
}

/** It was stopped before the search began. */
const UNBEGUN: Explored = {
  states: 0,
  transitions: 0,
  depth: 0,
  violations: [],
  complete: false,
  machineStates: [],
  tableStates: [],
  symmetries: 0,
};
