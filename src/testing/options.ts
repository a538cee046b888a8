import { UsageError } from '../base/index.ts';
import type { BroadcastForm } from '../broadcast/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT, type Limits, type NodeId } from '../committee/index.ts';
import type { Candidate } from '../member/index.ts';
import { ADVERSARIES, type AdversaryName } from '../simulator/index.ts';

/** How a cluster in virtual time is made. Everything has a default. */
export interface TestClusterOptions {
  /** Members. Default 4. */
  readonly n?: number;
  /** How many of them may be faulty; n >= 3f+1. Default: as many as n permits. */
  readonly f?: number;
  /** Any integer: with the same seed the same calls give the same run. Default 0. */
  readonly seed?: number;
  readonly form?: BroadcastForm;
  /** As in a cluster definition. */
  readonly limits?: Partial<Limits>;
  /** Bytes of own messages waiting for room in the window before `broadcast` refuses. Default 16 MiB. */
  readonly pendingBytes?: number;
  /** Whether to vouch for a message: every member asks it before ECHO. Default: all. */
  readonly validate?: (candidate: Candidate) => boolean;
  /** Members that lie, by number, and how. At most f. */
  readonly byzantine?: Readonly<Record<number, AdversaryName>>;
}

/** Options that were checked and completed. */
export interface TestClusterPlan {
  readonly committee: Committee;
  readonly seed: number;
  readonly form: BroadcastForm;
  readonly limits: Limits;
  readonly pendingBytesMax: number;
  readonly validate: ((candidate: Candidate) => boolean) | undefined;
  readonly byzantine: ReadonlyMap<NodeId, AdversaryName>;
}

const KNOWN: readonly string[] = [
  'n',
  'f',
  'seed',
  'form',
  'limits',
  'pendingBytes',
  'validate',
  'byzantine',
] satisfies (keyof TestClusterOptions)[];

/** The bounds that a cluster definition has too. */
const BOUNDS: Readonly<Record<keyof Limits, readonly [number, number]>> = {
  payloadBytes: [1, 67_108_864],
  window: [4, 65_536],
  bytesPerSender: [1, Number.MAX_SAFE_INTEGER],
  messagesPerInstance: [1, 65_535],
};

/** @throws UsageError, saying what is wrong with which option; RangeError with the arithmetic for n and f */
export function planOf(options: TestClusterOptions): TestClusterPlan {
  checkNames('option', Object.keys(options), KNOWN);
  const { n = 4, seed = 0, form = 'early', validate } = options;
  const committee = new Committee(n, options.f ?? faultyMax(n));
  checkInteger('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (form !== 'early' && form !== 'classic')
    throw new UsageError(`form is 'early' or 'classic', not ${form}`);
  if (validate !== undefined && typeof validate !== 'function') {
    throw new UsageError('validate is a function that answers true or false');
  }
  const pendingBytesMax = options.pendingBytes ?? 16_777_216;
  checkInteger('pendingBytes', pendingBytesMax, 0, Number.MAX_SAFE_INTEGER);
  const limits = limitsOf(options.limits ?? {});
  const byzantine = byzantineOf(committee, options.byzantine ?? {});
  return {
    committee,
    seed,
    form,
    limits,
    pendingBytesMax,
    validate: validate && strict(validate),
    byzantine,
  };
}

/** A promise would count as a yes to everything. */
function strict(validate: (candidate: Candidate) => boolean): (candidate: Candidate) => boolean {
  return (candidate) => {
    const answer: unknown = validate(candidate);
    if (typeof answer === 'boolean') return answer;
    throw new UsageError(`validate must answer true or false at once, not ${String(answer)}`);
  };
}

function limitsOf(given: Partial<Limits>): Limits {
  checkNames('limit', Object.keys(given), Object.keys(BOUNDS));
  const limits = { ...LIMITS_DEFAULT, ...given };
  checkInteger('limits.payloadBytes', limits.payloadBytes, ...BOUNDS.payloadBytes);
  checkInteger('limits.window', limits.window, ...BOUNDS.window);
  checkInteger('limits.bytesPerSender', limits.bytesPerSender, ...BOUNDS.bytesPerSender);
  checkInteger('limits.messagesPerInstance', limits.messagesPerInstance, ...BOUNDS.messagesPerInstance);
  return limits;
}

function byzantineOf(
  committee: Committee,
  given: Readonly<Record<number, AdversaryName>>,
): ReadonlyMap<NodeId, AdversaryName> {
  const byzantine = new Map<NodeId, AdversaryName>();
  for (const [key, name] of Object.entries(given)) {
    if (!Object.hasOwn(ADVERSARIES, name)) {
      throw new UsageError(`byzantine: "${name}" is not one of ${Object.keys(ADVERSARIES).join(', ')}`);
    }
    byzantine.set(memberOf(committee, Number(key)), name);
  }
  if (byzantine.size > committee.f) {
    throw new UsageError(
      `byzantine: ${byzantine.size} liars where f=${committee.f}: nothing is promised then. ` +
        `Make it ${committee.f} at most, or raise n to ${3 * byzantine.size + 1}`,
    );
  }
  return byzantine;
}

/** @throws UsageError if the cluster has no member of this number */
export function memberOf(committee: Committee, number: number): NodeId {
  const id = committee.node(number);
  if (id === undefined)
    throw new UsageError(`there is no member ${number}: members are 0 to ${committee.n - 1}`);
  return id;
}

function checkNames(what: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (!known.includes(name))
      throw new UsageError(`unknown ${what} "${name}": there are ${known.join(', ')}`);
  }
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? (min <= 0 ? '' : ` from ${min}`) : ` from ${min} to ${max}`;
  throw new UsageError(`${name} must be an integer${range}, not ${value}`);
}
