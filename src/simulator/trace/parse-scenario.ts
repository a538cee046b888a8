import { faultyMax, LIMITS_DEFAULT, MEMBERS_MAX } from '../../committee/index.ts';
import type { Decision } from '../decision.ts';
import { STRATEGIES } from '../minds/index.ts';
import { SCHEDULES, type Scenario, scenario } from '../world/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Bounds of what a trace may ask for, far above what any campaign draws. */
const BROADCASTS_MAX = 10_000;
const MESSAGE_BYTES_MAX = 1_048_576;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isInteger = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max;

/** What is wrong with the scenario of a trace; undefined if it can be run. */
export function scenarioComplaint(value: unknown): string | undefined {
  if (!isObject(value)) return 'the header has no scenario';
  const { n, f, faulty, limits, chaos } = value;
  if (!isInteger(n, 1, MEMBERS_MAX) || !isInteger(f, 0, faultyMax(n)))
    return 'the scenario names no committee';
  const fine: Readonly<Record<keyof Scenario, boolean>> = {
    n: true,
    f: true,
    form: value['form'] === 'early' || value['form'] === 'classic',
    limits: isObject(limits) && Object.keys(LIMITS_DEFAULT).every((name) => isCount(limits[name])),
    seed: isInteger(value['seed'], 0, Number.MAX_SAFE_INTEGER),
    schedule: SCHEDULES.some((name) => name === value['schedule']),
    chaos: isObject(chaos) && Object.keys(scenario().chaos).every((name) => typeof chaos[name] === 'boolean'),
    faulty: Array.isArray(faulty) && faulty.every((id) => isInteger(id, 0, n - 1)),
    adversary: typeof value['adversary'] === 'string' && isStrategy(value['adversary']),
    broadcasts: isInteger(value['broadcasts'], 0, BROADCASTS_MAX),
    coded: value['coded'] === undefined || typeof value['coded'] === 'boolean',
    messageBytes: isInteger(value['messageBytes'], 0, MESSAGE_BYTES_MAX),
    keeps: value['keeps'] === undefined || isCount(value['keeps']),
  };
  const bad = Object.entries(fine).find(([, is]) => !is)?.[0];
  return bad === undefined ? undefined : `"${bad}" of the scenario is missing or makes no sense`;
}

const isCount = (value: unknown): boolean => isInteger(value, 1, Number.MAX_SAFE_INTEGER);

const isStrategy = (name: string): boolean => name === '' || Object.hasOwn(STRATEGIES, name);

/** By decision, what follows its name: a member, or some text. */
const PARTS: Readonly<Record<Decision[0], readonly ('member' | 'text')[]>> = {
  deliver: ['text'],
  open: [],
  submit: ['member'],
  tick: ['member'],
  up: ['member', 'member'],
  down: ['member', 'member'],
  crash: ['member', 'text'],
  restart: ['member'],
  room: ['member'],
  inject: ['member', 'member', 'text'],
  heal: [],
};

/** What is wrong with the decisions of a trace; undefined if they can be replayed among `n` members. */
export function decisionsComplaint(value: unknown, n: number): string | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return '"decisions" is no list';
  const bad = value.findIndex((decision) => !isDecision(decision, n));
  return bad < 0 ? undefined : `decision ${bad + 1} is none`;
}

function isDecision(value: unknown, n: number): boolean {
  if (!Array.isArray(value)) return false;
  const [kind, ...given]: readonly unknown[] = value;
  if (typeof kind !== 'string' || !Object.hasOwn(PARTS, kind)) return false;
  const parts = PARTS[kind as Decision[0]];
  return (
    given.length === parts.length &&
    parts.every((part, at) =>
      part === 'text' ? typeof given[at] === 'string' : isInteger(given[at], 0, n - 1),
    )
  );
}
