/**
 * Judges mutants in one process: the instrumented sources hold all of them, and a switch says which one is on. What it
 * finds it adds to a file line by line, so that nothing is lost if a mutant never returns and the process is ended.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { test as vitestTest } from '../../node_modules/vitest/dist/index.js';
import { type Collected, collected } from './tests.ts';

/** What StrykerJS's instrumented code keeps. */
interface Switch {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: {
    readonly static: Readonly<Record<string, number>>;
    readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
}

interface Judging {
  readonly tests: readonly string[];
  /** Mutants by their id in the instrumented code. */
  readonly todo: readonly string[];
  /** Where to add what is found. */
  readonly results: string;
  /** The only one to judge, which has been on since before anything was imported. */
  readonly alone: boolean;
}

interface Timed extends Collected {
  readonly hits: Readonly<Record<string, number>>;
  readonly ms: number;
}

/** A loop that a mutant makes endless is left after so many more rounds than without it. */
const HITS_TIMES = 100;
const HITS_MORE = 10_000;

const judging = JSON.parse(readFileSync(process.env['MUTATION_JUDGING'] ?? '', 'utf8')) as Judging;
const tell = (line: object): void => appendFileSync(judging.results, `${JSON.stringify(line)}\n`);

async function failure({ run }: Collected): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return String(error).slice(0, 200) || 'failed';
  }
}

/** How long each test takes, and which mutants it meets, with none of them on. */
async function timed(state: Switch): Promise<Timed[]> {
  const all: Timed[] = [];
  for (const [index, one] of collected.entries()) {
    state.currentTestId = `${index}`;
    const startedMs = performance.now();
    const wrong = await failure(one);
    const ms = performance.now() - startedMs;
    if (wrong !== undefined) tell({ broken: one.name, wrong });
    else all.push({ ...one, ms, hits: state.mutantCoverage?.perTest[index] ?? {} });
  }
  state.currentTestId = undefined;
  return all.sort((a, b) => a.ms - b.ms);
}

/** The quick ones first: most mutants die of the first test that meets them. */
async function judge(state: Switch, id: string, tests: readonly Timed[]): Promise<object> {
  const meeting = tests.filter(({ hits }) => hits[id] !== undefined);
  const inStatic = state.mutantCoverage?.static[id] !== undefined;
  if (meeting.length === 0) return { id, status: inStatic ? 'static' : 'not met' };
  state.activeMutant = id;
  try {
    for (const one of meeting) {
      state.hitCount = 0;
      state.hitLimit = (one.hits[id] ?? 0) * HITS_TIMES + HITS_MORE;
      const wrong = await failure(one);
      if (wrong !== undefined) return { id, status: 'killed', by: one.name, wrong };
    }
  } finally {
    state.activeMutant = undefined;
    state.hitCount = undefined;
  }
  return { id, status: 'survived' };
}

vitestTest('mutants', async () => {
  const folder = new URL('../../', import.meta.url);
  for (const file of judging.tests) await import(new URL(file, folder).href);
  const state = (globalThis as { __stryker__?: Switch }).__stryker__ ?? {};
  const [first = ''] = judging.todo;
  if (judging.alone) {
    tell({ start: first });
    for (const one of collected) {
      const wrong = await failure(one);
      if (wrong !== undefined) return tell({ id: first, status: 'killed', by: one.name, wrong });
    }
    return tell({ id: first, status: 'survived' });
  }
  const tests = await timed(state);
  const boundMs = judging.todo.reduce(
    (total, id) => tests.reduce((sum, { hits, ms }) => (hits[id] === undefined ? sum : sum + ms), total),
    0,
  );
  const allMs = tests.reduce((sum, { ms }) => sum + ms, 0);
  tell({ ready: tests.length, boundMs: Math.round(boundMs), allMs: Math.round(allMs) });
  for (const id of judging.todo) {
    tell({ start: id });
    tell(await judge(state, id, tests));
  }
});
