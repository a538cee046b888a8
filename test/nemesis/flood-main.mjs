#!/usr/bin/env node
import { fork } from 'node:child_process';
// What members bear that somebody floods: npm run flood -- [--quick] [--attack NAME] [--seconds N] [--json]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MEMBER_ATTACKS, STRANGER_ATTACKS } from './attacks.mjs';
import { Crew } from './crew.mjs';

/** @import { Crewman } from './crew.mjs' */
/** @import { AttackOrder, AttackReport } from './types.ts' */
/** @import { ProcessStatus } from '../process/orders.ts' */

const ATTACKER = fileURLToPath(new URL('attacker.mjs', import.meta.url));
const ATTACKS = [...Object.keys(MEMBER_ATTACKS), ...Object.keys(STRANGER_ATTACKS)];
/** How often each honest member broadcasts while it is flooded. */
const PAUSE_MS = 100;
const BYTES = 300;
const SAMPLE_MS = 200;
/** Worst time from a broadcast to its delivery that 99 of 100 may take. */
const P99_MS_MAX = 2_000;
/** Longest message: what the flood of these costs memory has to show. */
const LIMITS = { payloadBytes: 1_048_576 };

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    attack: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(flags.seconds ?? (flags.quick ? 3 : 20));
const attacks = flags.attack ?? ATTACKS;
const unknown = attacks.find((name) => !ATTACKS.includes(name));
if (unknown !== undefined || !(seconds > 0)) {
  console.error(
    `npm run flood -- [--quick] [--seconds N] [--json] [--attack NAME], which is one of ${ATTACKS.join(', ')}`,
  );
  process.exit(2);
}

/** @param {AttackOrder} order @returns {Promise<AttackReport>} */
async function attack(order) {
  const child = fork(ATTACKER, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    return await new Promise((resolve, reject) => {
      child.on('message', (/** @type {{ report?: AttackReport, error?: string }} */ { report, error }) => {
        if (report === undefined) reject(new Error(error));
        else resolve(report);
      });
      child.once('exit', () => reject(new Error('the attacker ended')));
      child.send(order);
    });
  } finally {
    child.kill('SIGKILL');
  }
}

/** @param {readonly number[]} values @param {number} share */
function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}

/** @param {readonly Crewman[]} members */
async function statuses(members) {
  const all = await Promise.all(members.map((member) => member.status(10_000)));
  if (all.some((status) => status === undefined)) throw new Error('a member does not answer');
  return /** @type {ProcessStatus[]} */ (all);
}

/** @param {readonly Crewman[]} members @param {number} ms */
async function paced(members, ms) {
  const count = Math.max(1, Math.floor(ms / PAUSE_MS));
  const took = await Promise.all(
    members.map((member) => member.life?.ask('pace', { count, pauseMs: PAUSE_MS, bytes: BYTES })),
  );
  return took.flatMap((one) => [...(one ?? [])]);
}

/** @param {string} name @param {string} dir */
async function flooded(name, dir) {
  const crew = await Crew.make(dir, 4, undefined, { disk: 'real', limits: LIMITS });
  const [liar, ...honest] = crew.members;
  try {
    await Promise.all(honest.map((member) => member.start({ load: false })));
    const calm = await paced(honest, 2_000);
    const before = await statuses(honest);
    const rss = before.map(({ rssBytes }) => rssBytes);
    let over = false;
    const watching = (async () => {
      while (!over) {
        for (const [i, { rssBytes }] of (await statuses(honest)).entries())
          rss[i] = Math.max(rss[i] ?? 0, rssBytes);
        await pause(SAMPLE_MS);
      }
    })();
    const key = Object.hasOwn(MEMBER_ATTACKS, name) ? liar?.keyFile : undefined;
    const order = { attack: name, ports: honest.map(({ port }) => port), ms: seconds * 1_000 };
    const [report, under] = await Promise.all([
      attack({ ...order, clusterFile: crew.clusterFile, keyFile: key }),
      paced(honest, seconds * 1_000),
    ]);
    over = true;
    await watching;
    const after = await statuses(honest);
    const growth = Math.max(...rss.map((most, i) => most - (before[i]?.rssBytes ?? 0)));
    const bound = after[0]?.memoryBoundBytes ?? 0;
    const p99 = percentile(under, 0.99);
    return {
      event: 'flood',
      attack: name,
      key: key !== undefined,
      seconds,
      ...report,
      calmP99Ms: percentile(calm, 0.99),
      p50Ms: percentile(under, 0.5),
      p99Ms: p99,
      growthBytes: growth,
      boundBytes: bound,
      counted: counted(after),
      holds: growth <= bound && p99 <= P99_MS_MAX,
    };
  } finally {
    await crew.end();
  }
}

/** What the members' counters say, taken together. @param {readonly ProcessStatus[]} all */
function counted(all) {
  /** @type {Record<string, number>} */
  const found = {};
  for (const { refusals, evidence, limited } of all) {
    for (const [reason, count] of Object.entries(refusals)) found[reason] = (found[reason] ?? 0) + count;
    found['evidence'] = (found['evidence'] ?? 0) + evidence;
    for (const [name, times] of Object.entries(limited)) {
      if (times > 0) found[`limited ${name}`] = (found[`limited ${name}`] ?? 0) + times;
    }
  }
  return found;
}

/** @param {number} bytes */
function mib(bytes) {
  return `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MiB`;
}

const dir = mkdtempSync(join(tmpdir(), 'quorumcast-flood-'));
let broken = 0;
try {
  for (const name of attacks) {
    const result = await flooded(name, join(dir, name));
    if (!result.holds) broken += 1;
    const { connections, sentBytes, p50Ms, p99Ms, calmP99Ms, growthBytes, boundBytes } = result;
    console.log(
      flags.json
        ? JSON.stringify(result)
        : `${name.padEnd(10)} ${connections} connections, ${mib(sentBytes)} in ${seconds} s; p50 ${p50Ms} ms, p99 ${p99Ms} ms (calm ${calmP99Ms} ms); memory grew ${mib(growthBytes)} of ${mib(boundBytes)}; ${JSON.stringify(result.counted)}${result.holds ? '' : '  TOO MUCH'}`,
    );
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exitCode = broken === 0 ? 0 : 1;
