#!/usr/bin/env node
// Four real members and whatever can happen to them. npm run nemesis -- [--quick] [--seed N] [--minutes N] [--json]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { perform } from './act.mjs';
import { pairsOf } from './crew.mjs';
import { describeFault, FAULT_KINDS, planOf } from './plan.mjs';

/** @import { ActResult, FaultKind } from './types.ts' */

const HELP = `npm run nemesis -- [options]
  --quick        two minutes instead of twenty
  --minutes N    another length
  --seed N       the faults of an earlier run
  --members N    another number of members (4 to 10; default 4)
  --only A,B     only these kinds of fault: ${FAULT_KINDS.join(', ')}
  --sabotage     disks that lie about syncing: this has to end with 1
  --json         one JSON object a line
  --keep         leave keys, logs and traces where they are
Ends with 0 if everything promised was kept, 1 if not, 2 if it was interrupted or asked wrongly.`;

const startedMs = performance.now();
/** Violations that are told in words. */
const SHOWN = 25;

/** @param {string} text @returns {never} */
function misused(text) {
  console.error(`${text}\n\n${HELP}`);
  process.exit(2);
}

/** @param {string | undefined} text @param {string} name @param {number} least @param {number} most @param {number} otherwise */
function number(text, name, least, most, otherwise) {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  return misused(`--${name} has to be a number from ${least} to ${most}, not "${text}"`);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        minutes: { type: 'string' },
        seed: { type: 'string' },
        members: { type: 'string' },
        only: { type: 'string' },
        sabotage: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const kinds = values.only?.split(',') ?? FAULT_KINDS;
    const unknown = kinds.find((kind) => !FAULT_KINDS.includes(/** @type {FaultKind} */ (kind)));
    if (unknown !== undefined) misused(`there is no fault "${unknown}"`);
    return {
      minutes: number(values.minutes, 'minutes', 0.1, 10_000, values.quick ? 1.5 : 20),
      seed: Math.floor(number(values.seed, 'seed', 0, 2 ** 32 - 1, Math.floor(Math.random() * 2 ** 32))),
      members: Math.floor(number(values.members, 'members', 4, 10, 4)),
      kinds: /** @type {FaultKind[]} */ (kinds),
      only: values.only,
      sabotage: values.sabotage,
      json: values.json,
      keep: values.keep,
    };
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
}

const asked = options();
const pairs = pairsOf(asked.members);
const replay = [
  'npm run nemesis --',
  `--seed ${asked.seed} --minutes ${asked.minutes}`,
  ...(asked.members === 4 ? [] : [`--members ${asked.members}`]),
  ...(asked.only === undefined ? [] : [`--only ${asked.only}`]),
  ...(asked.sabotage ? ['--sabotage'] : []),
].join(' ');

/** @param {object} line @param {string} text */
function say(line, text) {
  const at = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(asked.json ? JSON.stringify({ ...line, s: Number(at) }) : `${at.padStart(7)} s  ${text}`);
}

/** @param {number} act @returns {import('./act.mjs').Tell} */
function teller(act) {
  let faults = 0;
  return (news, fault) => {
    if (fault !== undefined) {
      faults += 1;
      say(
        { ...news, act, n: faults, fault },
        `${String(faults).padStart(4)}  ${describeFault(fault, pairs)}`,
      );
    } else if (news.event === 'calm') {
      say(
        { ...news, act },
        `      all healed; all caught up after ${news['ms']} ms, ${news['messages']} messages accepted`,
      );
    } else say({ ...news, act }, `      ${news.event}`);
  };
}

/** @param {readonly ActResult[]} results */
function summary(results) {
  /** @type {Partial<Record<FaultKind, number>>} */
  const faults = {};
  for (const result of results) {
    for (const kind of FAULT_KINDS) {
      const count = result.faults[kind] ?? 0;
      if (count > 0) faults[kind] = (faults[kind] ?? 0) + count;
    }
  }
  const total = (/** @type {(result: ActResult) => number} */ of) =>
    results.reduce((sum, one) => sum + of(one), 0);
  const most = (/** @type {(result: ActResult) => number} */ of) => Math.max(0, ...results.map(of));
  return {
    event: 'verdict',
    seed: asked.seed,
    members: asked.members,
    faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
    kinds: faults,
    restarts: total(({ restarts }) => restarts),
    messages: total(({ messages }) => messages),
    slowestStartMs: most(({ slowestStartMs }) => slowestStartMs),
    slowestRecoveryMs: most(({ slowestRecoveryMs }) => slowestRecoveryMs),
    traceBytes: total(({ traceBytes }) => traceBytes),
    violations: results.flatMap(({ violations }) => violations),
    replay,
  };
}

/** @param {ReturnType<typeof summary>} result @param {boolean} interrupted */
function text(result, interrupted) {
  const more = result.violations.length - SHOWN;
  const kinds = Object.entries(result.kinds).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${result.faults} faults of ${kinds.length} kinds (${kinds.join(', ')}), ${result.restarts} restarts`,
    `${result.messages} messages delivered by every honest member; slowest start ${result.slowestStartMs} ms, slowest recovery ${result.slowestRecoveryMs} ms`,
    result.violations.length === 0
      ? `everything promised was kept${interrupted ? ', as far as it went: it was interrupted' : ''}`
      : `BROKEN:\n${result.violations.slice(0, SHOWN).join('\n')}${more > 0 ? `\nand ${more} more` : ''}`,
    `the same faults again: ${replay}`,
  ].join('\n           ');
}

async function main() {
  const interruption = new AbortController();
  process.on('SIGINT', () => {
    if (interruption.signal.aborted) process.exit(2);
    console.error('interrupted: healing and judging what was done; once more ends at once');
    interruption.abort();
  });
  const acts = planOf({ ...asked, seconds: asked.minutes * 60 });
  const dir = mkdtempSync(join(tmpdir(), 'quorumcast-nemesis-'));
  say({ event: 'started', seed: asked.seed, replay, dir }, `seed ${asked.seed}: ${replay}`);
  /** @type {ActResult[]} */
  const results = [];
  for (const [index, act] of acts.entries()) {
    if (interruption.signal.aborted || results.some(({ violations }) => violations.length > 0)) break;
    const who = act.liar === undefined ? 'all honest' : `p${act.liar} lies`;
    say(
      { event: 'act', act: index + 1, liar: act.liar ?? null },
      `act ${index + 1}: ${asked.members} members, ${who}`,
    );
    results.push(
      await perform(join(dir, `act-${index + 1}`), asked.members, act, teller(index + 1), {
        signal: interruption.signal,
        disk: asked.sabotage ? 'lying' : 'volatile',
      }),
    );
  }
  const result = summary(results);
  say(result, text(result, interruption.signal.aborted));
  const broken = result.violations.length > 0;
  if (asked.keep || broken) console.error(`keys, logs and traces are in ${dir}`);
  else rmSync(dir, { recursive: true, force: true });
  process.exitCode = broken ? 1 : interruption.signal.aborted ? 2 : 0;
}

await main();
