#!/usr/bin/env node
// A member that is late: what the others lose by it, and how it catches up.
// npm run late -- [--quick] [--seconds N] [--case NAME] [--json]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Crew } from './crew.mjs';

/** @import { Crewman } from './crew.mjs' */
/** @import { ProcessStatus } from '../process/orders.ts' */

const LOAD = { pauseMs: 5, bytes: 1_000 };
const LATE = 3;
const POLL_MS = 100;
/** What the others keep of their rate, at least. */
const SHARE_MIN = 0.8;
/** How long catching up may take. */
const CATCH_UP_MS = 300_000;
/** A link that carries less than is said. */
const BYTES_PER_SECOND = 20_000;

/** What is done to the late member, and how it is undone. @type {Readonly<Record<string, (crew: Crew) => Promise<() => Promise<unknown>>>>} */
const CASES = {
  /** SIGSTOP. */
  stopped: async (crew) => {
    const { life } = crew.member(LATE);
    life?.signal('SIGSTOP');
    return async () => life?.signal('SIGCONT');
  },
  /** No link to anybody. */
  cut: async (crew) => spoiled(crew, (wire) => wire.set({ held: true })),
  /** It is heard by all and hears nobody. */
  'one-way': async (crew) =>
    spoiled(crew, (wire) =>
      wire.set({ held: true }, wire.directionOf(wire.from === LATE ? wire.to : wire.from)),
    ),
  /** All its links are slow. */
  throttled: async (crew) => spoiled(crew, (wire) => wire.set({ bytesPerSecond: BYTES_PER_SECOND })),
  /** It is not there, and comes back. */
  killed: async (crew) => {
    const member = crew.member(LATE);
    await member.kill();
    return () => member.start({ load: false });
  },
};

/** @param {Crew} crew @param {(wire: import('./wire.mjs').Wire) => void} how */
function spoiled(crew, how) {
  const wires = crew.wiresOf(LATE);
  for (const wire of wires) how(wire);
  return async () => {
    for (const wire of wires) wire.clear();
  };
}

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    case: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(flags.seconds ?? (flags.quick ? 5 : 60));
const cases = flags.case ?? Object.keys(CASES);
if (!(seconds > 0) || cases.some((name) => !Object.hasOwn(CASES, name))) {
  console.error(
    `npm run late -- [--quick] [--seconds N] [--json] [--case NAME], which is one of ${Object.keys(CASES).join(', ')}`,
  );
  process.exit(2);
}

/** @param {Crewman} member @returns {Promise<ProcessStatus>} */
async function statusOf(member) {
  const status = await member.status(30_000);
  if (status === undefined) throw new Error(`${member.name} does not answer`);
  return status;
}

/** Deliveries a second at one of the others, and the growth of resident memory of any. @param {readonly Crewman[]} others @param {number} ms */
async function watched(others, ms) {
  const before = await Promise.all(others.map(statusOf));
  const startedMs = performance.now();
  await pause(ms);
  const after = await Promise.all(others.map(statusOf));
  const perSecond =
    (((after[0]?.delivered ?? 0) - (before[0]?.delivered ?? 0)) * 1_000) / (performance.now() - startedMs);
  const growthBytes = Math.max(...after.map(({ rssBytes }, i) => rssBytes - (before[i]?.rssBytes ?? 0)));
  return { perSecond, growthBytes };
}

/** Waits until the late member has what the others had. @param {Crew} crew @param {number} goal */
async function caughtUp(crew, goal) {
  const member = crew.member(LATE);
  const startedMs = performance.now();
  const first = await statusOf(member);
  /** How far behind it says it is, as time goes by. */
  const behind = [];
  for (;;) {
    const status = await statusOf(member);
    behind.push(status.streams.reduce((sum, stream) => sum + stream.behind, 0));
    const ms = performance.now() - startedMs;
    if (status.delivered >= goal) {
      const missed = goal - first.delivered;
      return { missed, ms, receivedBytes: status.receivedBytes - first.receivedBytes, behind };
    }
    if (ms > CATCH_UP_MS)
      throw new Error(
        `${member.name} has ${status.delivered} of ${goal} messages after ${CATCH_UP_MS / 1_000} s`,
      );
    await pause(POLL_MS);
  }
}

/** @param {string} name @param {string} dir */
async function late(name, dir) {
  const crew = await Crew.make(dir, 4, undefined, { disk: 'real' });
  const others = crew.members.filter(({ id }) => id !== LATE);
  try {
    await Promise.all(crew.members.map((member) => member.start({ load: false })));
    await Promise.all(others.map(({ life }) => life?.ask('load', LOAD)));
    await pause(2_000);
    const calm = await watched(others, Math.min(10_000, seconds * 1_000));
    const undo = await CASES[name]?.(crew);
    const during = await watched(others, seconds * 1_000);
    const reasons = (await Promise.all(others.map(statusOf))).flatMap((status) => status.reasons);
    const named = reasons.some((reason) => reason.includes(crew.member(LATE).name));
    await Promise.all(others.map((member) => member.rest()));
    // What is under way among the others arrives.
    await pause(500);
    const goal = (await statusOf(crew.member(0))).delivered;
    await undo?.();
    const { missed, ms, receivedBytes, behind } = await caughtUp(crew, goal);
    const limited = (await Promise.all(crew.members.map(statusOf)))
      .flatMap((status) => Object.values(status.limited))
      .reduce((sum, times) => sum + times, 0);
    const share = during.perSecond / calm.perSecond;
    return {
      ...{ event: 'late', case: name, seconds, calmPerSecond: Math.round(calm.perSecond) },
      ...{ perSecond: Math.round(during.perSecond), share, growthBytes: during.growthBytes },
      ...{
        named,
        missed,
        catchUpMs: Math.round(ms),
        catchUpPerSecond: Math.round((missed * 1_000) / ms),
        receivedBytes,
        behind,
        limited,
      },
      holds: share >= SHARE_MIN && named,
    };
  } finally {
    await crew.end();
  }
}

const dir = mkdtempSync(join(tmpdir(), 'quorumcast-late-'));
let broken = 0;
try {
  for (const name of cases) {
    const result = await late(name, join(dir, name));
    if (!result.holds) broken += 1;
    const {
      calmPerSecond,
      perSecond,
      share,
      growthBytes,
      missed,
      catchUpMs,
      catchUpPerSecond,
      receivedBytes,
      named,
    } = result;
    const mib = (/** @type {number} */ bytes) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
    console.log(
      flags.json
        ? JSON.stringify(result)
        : `${name.padEnd(9)} others ${perSecond}/s of ${calmPerSecond}/s (${Math.round(share * 100)} %), memory ${mib(growthBytes)}; missed ${missed}, caught up in ${catchUpMs} ms (${catchUpPerSecond}/s, ${mib(receivedBytes)} received)${result.holds ? '' : named ? '  TOO SLOW' : '  NOT NAMED in status'}`,
    );
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exitCode = broken === 0 ? 0 : 1;
