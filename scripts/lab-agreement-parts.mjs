// The campaigns of agreement, as parts of the laboratory: `lab.mjs` and `lab-agreement.mjs` run them.
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { table } from '../dist/cli/terminal.js';
import { AGREEMENT_PLANS } from '../dist/simulator/index.js';

/** @typedef {import('./lab-agreement-worker.mjs').Piece} Piece */
/** @typedef {import('./lab-agreement-worker.mjs').Tally} Tally */
/** @typedef {import('./lab-run.mjs').Part<Tally[]>} AgreementPart */

/**
 * By committee: its share of the runs of a trial, percent. A run of ten members has some fifteen times the steps of one of four, so
 * that each committee gets about as much time as another.
 */
const SHARES = /** @type {const} */ ([
  [4, 40],
  [5, 25],
  [6, 20],
  [7, 12],
  [10, 3],
]);
/** Where runs are short each committee gets as many: they are compared with an analysis. */
const ALIKE = SHARES.map(([n]) => /** @type {const} */ ([n, 100 / SHARES.length]));
/** Runs of a unit: what is lost when it is interrupted. */
const UNIT_RUNS = 1_000;
/** Runs that a thread gets at a time, times the square of n: some of a second. */
const PIECE_WORK = 1_000;
/** The runs of different committees share no seed, as long as there are fewer. */
const CELL_SEEDS = 1_000_003;
/** Runs from which a mean is worth comparing. */
const COMPARED_FROM = 300;
/** Of a thread, MB: what is under way lives longer than a nursery of the usual size. */
const NURSERY_MB = 96;

/**
 * What one protocol is tried with: rows of the table, each with its share of the runs, percent.
 *
 * @typedef {{ readonly name: string, readonly title: string, readonly decided: string,
 *   readonly cells: readonly { readonly cell: string, readonly n: number, readonly base: number, readonly share: number,
 *     readonly plan?: import('../dist/simulator/index.js').AgreementPlan, readonly known?: boolean }[] }} Campaign
 */

/** @param {readonly (readonly [number, number])[]} shares */
const bySize = (shares) => shares.map(([n, share]) => ({ cell: `${n}`, n, share, base: n * CELL_SEEDS }));

const TRIED = 'under every schedule, liar and restart';
const MEMBERS =
  'round in which a member decided, those left out that learnt it from others before they began';

/** @type {readonly Campaign[]} */
const CAMPAIGNS = [
  {
    name: 'mmr',
    title: 'Binary agreement with a common coin, under every plan of the adversary',
    decided: 'round of the first decision, the coins unknown to the adversary',
    cells: ALIKE.flatMap(([n, share]) =>
      AGREEMENT_PLANS.map((plan, at) => ({
        ...{ cell: `${n} ${plan}`, n, plan, share: share / AGREEMENT_PLANS.length },
        // Its adversary knows the coins, so that no analysis holds.
        ...{ base: (n * AGREEMENT_PLANS.length + at) * CELL_SEEDS, known: plan === 'foresee' },
      })),
    ),
  },
  {
    name: 'bracha87',
    title: `Bracha's agreement of 1987, with coins of one's own, ${TRIED}`,
    decided: MEMBERS,
    cells: bySize(SHARES),
  },
  {
    name: 'phases',
    title:
      "Bracha's agreement of 1987, nobody faulty: over ideal broadcasts, with its analysis, and over real ones",
    decided: 'phase in which a member decided, over ideal broadcasts',
    cells: [
      ...ALIKE.map(([n, share]) => ({ cell: `${n} ideal`, n, share: share * 0.9, base: n * CELL_SEEDS })),
      ...ALIKE.map(([n, share]) => ({
        ...{ cell: `${n} real`, n, share: share * 0.1, base: n * CELL_SEEDS },
        // One message after the other, so that members see nearly the same: the analysis is not about that.
        known: true,
      })),
    ],
  },
  { name: 'subset', title: `Common subset, ${TRIED}`, decided: MEMBERS, cells: bySize(SHARES) },
  {
    name: 'value',
    title: `Agreement on a value with a common coin, ${TRIED}`,
    decided: 'latest round of its subset, by member',
    cells: bySize(SHARES),
  },
  {
    name: 'local-value',
    title: `Agreement on a value with coins of one's own, ${TRIED}`,
    decided: 'latest phase of its subset, by member',
    cells: bySize(SHARES),
  },
];

/** Threads that take pieces. They are kept from unit to unit, and keep no process alive. */
class Crew {
  #size;
  /** @type {Worker[]} */
  #workers = [];

  /** @param {number} size */
  constructor(size) {
    this.#size = size;
  }

  /** Does all pieces; what is done when the signal comes is given back. @param {readonly Piece[]} pieces @param {AbortSignal} signal */
  async run(pieces, signal) {
    // Each thread listens to it.
    setMaxListeners(0, signal);
    const left = [...pieces];
    /** @type {Tally[]} */
    const tallies = [];
    while (this.#workers.length < this.#size) this.#workers.push(hired());
    await Promise.all(this.#workers.map((worker) => work(worker, left, tallies, signal)));
    if (signal.aborted) this.#workers = [];
    return tallies;
  }
}

function hired() {
  return new Worker(new URL('./lab-agreement-worker.mjs', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
  });
}

/** @param {Worker} worker @param {Piece[]} left @param {Tally[]} tallies @param {AbortSignal} signal */
function work(worker, left, tallies, signal) {
  worker.ref();
  const ended = new AbortController();
  return new Promise((resolve, reject) => {
    const next = () => {
      const piece = left.shift();
      if (piece === undefined) resolve(undefined);
      else worker.postMessage(piece);
    };
    const take = (/** @type {Tally} */ tally) => {
      tallies.push(tally);
      next();
    };
    worker.on('message', take);
    worker.once('error', reject);
    signal.addEventListener('abort', () => resolve(worker.terminate()), { signal: ended.signal });
    ended.signal.addEventListener('abort', () => {
      worker.off('message', take);
      worker.off('error', reject);
      worker.unref();
    });
    next();
  }).finally(() => ended.abort());
}

/** All tallies of each cell as one. @param {readonly Tally[]} tallies @returns {Map<string, Tally>} */
function merged(tallies) {
  /** @type {Map<string, Tally>} */
  const cells = new Map();
  for (const tally of tallies) {
    const known = cells.get(tally.cell);
    if (known === undefined) {
      cells.set(tally.cell, { ...tally, rounds: [...tally.rounds], failures: [...tally.failures] });
      continue;
    }
    for (const key of /** @type {const} */ (['runs', 'failed', 'steps', 'expected', 'expectedOf']))
      known[key] += tally[key];
    known.last = Math.max(known.last, tally.last);
    known.failures.push(...tally.failures);
    add(known.rounds, tally.rounds);
  }
  return cells;
}

/** @param {number[]} sum @param {readonly number[]} more */
function add(sum, more) {
  while (sum.length < more.length) sum.push(0);
  more.forEach((count, index) => {
    sum[index] = (sum[index] ?? 0) + count;
  });
}

/** @param {readonly number[]} counts */
const total = (counts) => counts.reduce((sum, count) => sum + count, 0);

/** @param {Tally} tally */
function meanOf({ rounds }) {
  const decisions = total(rounds);
  return decisions === 0
    ? undefined
    : rounds.reduce((sum, count, round) => sum + count * round, 0) / decisions;
}

/** @param {readonly number[]} counts By round. */
function histogram(counts) {
  const all = total(counts);
  return counts.flatMap((count, round) => {
    if (count === 0) return [];
    const share = (100 * count) / all;
    const bar = '#'.repeat(Math.round(share));
    return `${String(round).padStart(3)} ${String(count).padStart(8)} ${share.toFixed(2).padStart(6)} %  ${bar}`.trimEnd();
  });
}

/** @param {Campaign} campaign @param {readonly Tally[]} tallies */
function report({ name, decided, cells }, tallies) {
  const found = merged(tallies);
  /** @type {string[]} */
  const bad = [];
  /** @type {number[]} */
  const rounds = [];
  const rows = cells.flatMap(({ cell, n, known = false }) => {
    const tally = found.get(cell);
    if (tally === undefined) return [];
    const { runs, steps, last, failed, expected, expectedOf, failures } = tally;
    bad.push(...failures.slice(0, 5).map((line) => `${name} ${line}`));
    if (failed > 0 && failures.length === 0) bad.push(`${name}, ${cell}: ${failed} failed`);
    if (!known) add(rounds, tally.rounds);
    const mean = meanOf(tally);
    const analysis = expectedOf === 0 || known ? undefined : expected / expectedOf;
    if (mean !== undefined && analysis !== undefined && runs >= COMPARED_FROM)
      if (Math.abs(mean / analysis - 1) > 0.1)
        bad.push(`${name}, ${cell}: ${mean.toFixed(3)} rounds, and the analysis says ${analysis.toFixed(3)}`);
    const about = [mean?.toFixed(3) ?? '-', analysis?.toFixed(3) ?? '-', last === 0 ? '-' : String(last)];
    return [
      [
        String(n),
        cell.slice(`${n} `.length) || name,
        String(runs),
        ...about,
        String(Math.round(steps / runs)),
        String(failed),
      ],
    ];
  });
  const columns = ['n', 'what', 'runs', 'mean round', 'analysis', 'last round', 'steps a run', 'failed'];
  const shown = rounds.length === 0 ? [] : ['', `${decided}:`, ...histogram(rounds)];
  const numbers = [0, 2, 3, 4, 5, 6, 7];
  return {
    bad,
    data: { columns, rows, rounds },
    text: [table([columns, ...rows], numbers), ...shown].join('\n'),
  };
}

/** The runs of a cell in one of `count` units. @param {Campaign['cells'][number]} cell @param {number} runs @param {number} unit @param {number} count */
function slice({ share }, runs, unit, count) {
  const all = Math.ceil((runs * share) / 100);
  return { from: Math.floor((all * unit) / count) + 1, to: Math.floor((all * (unit + 1)) / count) };
}

/** @param {Campaign} campaign @param {number} runs @param {number} unit @param {number} count @returns {Piece[]} */
function piecesOf({ name, cells }, runs, unit, count) {
  return cells
    .flatMap((cell) => {
      const { n, base, plan } = cell;
      const { from, to } = slice(cell, runs, unit, count);
      const each = Math.max(1, Math.ceil(PIECE_WORK / n ** 2));
      /** @type {Piece[]} */
      const pieces = [];
      for (let at = from; at <= to; at += each)
        pieces.push({
          ...{ protocol: name, cell: cell.cell, n, base, from: at, to: Math.min(to, at + each - 1) },
          ...(plan === undefined ? {} : { plan }),
        });
      return pieces;
    })
    .toSorted((a, b) => b.n - a.n);
}

/**
 * `runs`: of each campaign, all committees together; rounded up for each row of its table.
 *
 * @param {{ readonly runs: number, readonly workers?: number }} options @returns {readonly AgreementPart[]}
 */
export function agreementParts({ runs, workers = availableParallelism() }) {
  const crew = new Crew(workers);
  const count = Math.ceil(runs / UNIT_RUNS);
  return CAMPAIGNS.map((campaign) => ({
    name: campaign.name,
    title: campaign.title,
    units: Array.from({ length: count }, (_, unit) => {
      const pieces = piecesOf(campaign, runs, unit, count);
      const size = pieces.reduce((sum, { from, to }) => sum + to - from + 1, 0);
      return {
        name: `${unit + 1} of ${count}`,
        runs: size,
        run: async (/** @type {AbortSignal} */ signal) => [
          ...merged(await crew.run(pieces, signal)).values(),
        ],
      };
    }),
    report: (results) => report(campaign, results.flat()),
  }));
}
