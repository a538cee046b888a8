import { Prng } from '../../base/index.ts';
import { faultyMax, type Limits } from '../../committee/index.ts';
import { COMMON_STRATEGIES, SHARDED_STRATEGIES } from '../minds/index.ts';
import { CALM, SCHEDULES, type Scenario, SMALL_LIMITS, scenario } from '../world/index.ts';
import type { RarePath } from './rare.ts';

/** A kind of run. Each seed draws a scenario of that kind; what is `fixed` is not drawn. */
export interface Campaign {
  /** One line for people. */
  readonly summary: string;
  /** Paths that some of its runs must take: a campaign of many runs that took one of them never has failed. */
  readonly reaches: readonly RarePath[];
  readonly draw: (seed: number, fixed?: Partial<Scenario>) => Scenario;
}

/** Committees that a campaign draws from: n = 3f+1, 3f+2 and 3f+3, small ones more often, since they are quick. */
const SIZES = [4, 4, 4, 4, 4, 5, 5, 6, 6, 7] as const;

/** Windows of a few instances and budgets of one or two payloads. */
const TIGHT_LIMITS: readonly Limits[] = [
  { ...SMALL_LIMITS, payloadBytes: 64, window: 2, bytesPerSender: 200, messagesPerInstance: 3 },
  { ...SMALL_LIMITS, payloadBytes: 64, window: 4, bytesPerSender: 150, messagesPerInstance: 2 },
  { ...SMALL_LIMITS, payloadBytes: 64, window: 4, bytesPerSender: 70, messagesPerInstance: 1 },
  { ...SMALL_LIMITS, payloadBytes: 64, window: 6, bytesPerSender: 300, messagesPerInstance: 4 },
];

/** What a campaign leaves to chance. */
interface Taste {
  readonly reaches: readonly RarePath[];
  readonly sizes?: readonly number[];
  /** The strategies to draw from. */
  readonly liars?: readonly string[];
  readonly chaos?: boolean;
  readonly tight?: boolean;
  /** Members keep only the last few instances of each sender. */
  readonly forgetful?: boolean;
  /** Whether members send most payloads in shards. */
  readonly coded?: boolean;
  /** Messages of each member at most. */
  readonly broadcastsMax: number;
}

const ANY = COMMON_STRATEGIES;

/** Strategies that try to make correct members deliver different things. */
const EQUIVOCATORS: readonly string[] = [
  'plot',
  'plot',
  'plot',
  'equivocate-half',
  'equivocate-each',
  'both-values',
  'selective-initial',
  'split-votes',
  'double-votes',
  'twins',
];

/** Strategies that get in the way of those who lack something. */
const HINDRANCES: readonly string[] = [
  'wrong-payload',
  'withhold-payload',
  'pull-storm',
  'false-done',
  'false-status',
  'unasked-payload',
  'bend-withhold',
  'selective-initial',
];

/** Strategies that make the most of members that were away for longer than others keep what they delivered. */
const FORGERS: readonly string[] = [
  'forged-history',
  'forged-history',
  'forged-history',
  'false-status',
  'false-done',
  'withhold-payload',
  'silent',
];

function campaign(summary: string, taste: Taste): Campaign {
  return {
    summary,
    reaches: taste.reaches,
    draw: (seed, fixed = {}) => {
      // Not the numbers of the run itself, which begins with the same seed.
      const prng = new Prng(seed + 0x5eed_0000_0000);
      const n = fixed.n ?? prng.pick(taste.sizes ?? SIZES);
      const f = fixed.f ?? faultyMax(n);
      const form = prng.chance(1, 2) ? 'early' : 'classic';
      const schedule = prng.pick(SCHEDULES);
      const liars = taste.liars !== undefined && f > 0 ? 1 + prng.below(f) : 0;
      const faulty = draw(prng, n, liars);
      const adversary = liars === 0 ? '' : prng.pick(taste.liars ?? ANY);
      const wild = taste.chaos === true && !(liars > 0 && prng.chance(1, 3));
      const chaos = wild
        ? {
            crashes: prng.chance(2, 3),
            disks: prng.chance(1, 3),
            cuts: prng.chance(2, 3),
            partition: prng.chance(1, 4),
          }
        : CALM;
      const limits = taste.tight === true ? prng.pick(TIGHT_LIMITS) : SMALL_LIMITS;
      const broadcasts = 1 + prng.below(taste.broadcastsMax);
      const messageBytes = taste.tight === true ? limits.payloadBytes : 32;
      const keeps = taste.forgetful === true ? { keeps: 1 + prng.below(4) } : {};
      return scenario({
        n,
        f,
        form,
        schedule,
        faulty,
        adversary,
        chaos,
        limits,
        broadcasts,
        messageBytes,
        ...keeps,
        seed,
        ...(taste.coded === true ? { coded: true } : {}),
        ...fixed,
      });
    },
  };
}

/** `count` different members of `n`, in ascending order. */
function draw(prng: Prng, n: number, count: number): number[] {
  const ids = Array.from({ length: n }, (_, id) => id);
  for (let left = n - count; left > 0; left -= 1) ids.splice(prng.below(ids.length), 1);
  return ids;
}

/** With any order of messages, and both forms. */
const ORDERS: readonly RarePath[] = [
  'ready by amplification',
  'echo on votes',
  'delivered before the initial came',
  'delivered early',
  'payload pulled',
];

/** With faults besides lies. */
const FAULTS: readonly RarePath[] = [
  'sent again over a new link',
  'crash before the sync',
  'crash with a torn group',
  'crash after the sync',
  'sync that failed',
  'full disk',
  'still full after a restart',
  'restart',
];

/** The kinds of runs, by name. */
export const CAMPAIGNS = {
  calm: {
    summary: 'nobody faulty, nothing fails, any message may come next',
    reaches: [
      'ready by amplification',
      'delivered before the initial came',
      'delivered early',
      'payload pulled',
    ],
    draw: (seed, fixed = {}) => scenario({ seed, ...fixed }),
  },
  schedules: campaign('nobody faulty, nothing fails, every schedule and both forms', {
    reaches: [...ORDERS, 'delivered on dones'],
    broadcastsMax: 3,
  }),
  liars: campaign('up to f liars of every strategy, every schedule and both forms', {
    reaches: [
      ...ORDERS,
      'equivocation seen',
      'equivocation proven',
      'malformed payload refused',
      'flood beyond the window seen',
    ],
    liars: ANY,
    broadcastsMax: 2,
  }),
  equivocation: campaign('up to f members that say different things to different members', {
    reaches: [...ORDERS, 'equivocation seen', 'equivocation proven'],
    liars: EQUIVOCATORS,
    broadcastsMax: 1,
  }),
  hindrance: campaign('up to f members that keep others from what they lack', {
    reaches: [...ORDERS, ...FAULTS, 'delivered on dones', 'wrong payload seen'],
    liars: HINDRANCES,
    chaos: true,
    broadcastsMax: 2,
  }),
  crashes: campaign('nobody lies; members crash, links break, the committee splits', {
    reaches: [...ORDERS, ...FAULTS, 'delivered on dones'],
    chaos: true,
    broadcastsMax: 4,
  }),
  tight: campaign('small windows and budgets, with and without liars and crashes', {
    reaches: [...ORDERS, ...FAULTS, 'instance beyond the first window', 'batch of several messages'],
    liars: ANY,
    chaos: true,
    tight: true,
    broadcastsMax: 8,
  }),
  away: campaign('members that keep little, and liars about it; who was away has to skip', {
    reaches: ['instances skipped', 'delivered on dones', 'sent again over a new link'],
    liars: FORGERS,
    chaos: true,
    forgetful: true,
    broadcastsMax: 12,
  }),
  mixed: campaign('liars, crashes and broken links together', {
    reaches: [
      ...ORDERS,
      ...FAULTS,
      'equivocation seen',
      'malformed payload refused',
      'flood beyond the window seen',
    ],
    liars: ANY,
    chaos: true,
    broadcastsMax: 3,
  }),
  coded: campaign('payloads in shards, with liars that know of shards and others, crashes and broken links', {
    reaches: [...FAULTS, 'nothing delivered', 'wrong shard seen', 'payload pulled'],
    liars: [...SHARDED_STRATEGIES, ...SHARDED_STRATEGIES, ...SHARDED_STRATEGIES, ...ANY],
    chaos: true,
    coded: true,
    broadcastsMax: 2,
  }),
} as const satisfies Record<string, Campaign>;

/** One of the names of `CAMPAIGNS`. */
export type CampaignName = keyof typeof CAMPAIGNS;
