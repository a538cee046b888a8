import type { BroadcastForm } from '../../broadcast/index.ts';
import { faultyMax, LIMITS_DEFAULT, type Limits } from '../../committee/index.ts';
import type { MemberOptions } from '../../member/index.ts';

/** How the next message under way is chosen. */
export const SCHEDULES = [
  'uniform',
  'latency',
  'pct',
  'starve-member',
  'starve-type',
  'lifo',
  'byzantine-first',
] as const;

/** One of `SCHEDULES`. */
export type ScheduleName = (typeof SCHEDULES)[number];

/** One line about each of them, for people. */
export const SCHEDULE_SUMMARIES: Readonly<Record<ScheduleName, string>> = {
  uniform: 'any message under way may come next',
  latency: 'each link has a delay and a jitter of its own; time is virtual milliseconds',
  pct: 'links have priorities, which change a few times in a run',
  'starve-member': 'what one member sends or is sent comes last, as long as links may be that slow',
  'starve-type': 'one kind of message comes last, as long as links may be that slow',
  lifo: 'what was sent last comes first, mostly',
  'byzantine-first': 'what liars send comes first, mostly',
};

/** What may go wrong besides lies. */
export interface Chaos {
  /** Members crash, at any point of a turn, and come back. */
  readonly crashes: boolean;
  /** Disks fail to sync or are full, which ends their members until somebody sees to it. */
  readonly disks: boolean;
  /** Links go down, with what is under way, and come back. */
  readonly cuts: boolean;
  /** The committee is split in two for a while. */
  readonly partition: boolean;
}

/** Nothing does. */
export const CALM: Chaos = { crashes: false, disks: false, cuts: false, partition: false };

/** All that a run depends on, besides the code. Plain data: it stands in the first line of a trace. */
export interface Scenario {
  readonly n: number;
  readonly f: number;
  readonly form: BroadcastForm;
  readonly limits: Limits;
  readonly seed: number;
  readonly schedule: ScheduleName;
  readonly chaos: Chaos;
  /** Members that are faulty, by number; more than f and nothing is promised. */
  readonly faulty: readonly number[];
  /** What they do: a name of the adversary kit; empty if nobody is faulty. */
  readonly adversary: string;
  /** Messages that each member broadcasts. */
  readonly broadcasts: number;
  /** Longest of them, bytes. */
  readonly messageBytes: number;
  /** How many delivered instances of each sender members keep; absent: all. Who is further behind has to skip some. */
  readonly keeps?: number;
  /** Members of any committee send payloads in shards, but for the shortest. Default: as nodes do. */
  readonly coded?: boolean;
}

/** Small windows and budgets: their edges are where bugs live. */
export const SMALL_LIMITS: Limits = {
  ...LIMITS_DEFAULT,
  payloadBytes: 256,
  window: 8,
  bytesPerSender: 1_024,
  messagesPerInstance: 4,
};

/** Batches from this length on are sent in shards where members of any committee do so: one message of 17 bytes. */
const CODED_BYTES_MIN = 87;

/** What its members are set to. */
export function settingsOf({
  form,
  limits,
  coded,
}: Scenario): Pick<MemberOptions, 'form' | 'limits' | 'coding'> {
  return {
    form,
    limits,
    ...(coded === true ? { coding: { membersMin: 1, bytesMin: CODED_BYTES_MIN } } : {}),
  };
}

/** A scenario with everything not given filled in: one broadcast per member, nobody faulty, a calm network. */
export function scenario(given: Partial<Scenario> = {}): Scenario {
  const n = given.n ?? 4;
  return {
    n,
    f: given.f ?? faultyMax(n),
    form: given.form ?? 'early',
    limits: given.limits ?? SMALL_LIMITS,
    seed: given.seed ?? 1,
    schedule: given.schedule ?? 'uniform',
    chaos: given.chaos ?? CALM,
    faulty: given.faulty ?? [],
    adversary: given.adversary ?? '',
    broadcasts: given.broadcasts ?? 1,
    messageBytes: given.messageBytes ?? 32,
    ...(given.keeps === undefined ? {} : { keeps: given.keeps }),
    ...(given.coded === undefined ? {} : { coded: given.coded }),
  };
}
