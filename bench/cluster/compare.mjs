import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { show, size as sizeText, spread } from '../numbers.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROUNDS = 5;

/** @typedef {{ event: string, size: number, mode: string, store: string, fault: string, perSecond: { median: number }, cpuMicros: { median: number } }} Line */

/**
 * Measures this working copy and another commit in turn, with the same benchmark, and prints how much faster and how
 * much cheaper a broadcast is here: above 1 is better. Returns the exit code.
 * @param {string} commit @param {{ size?: string[] | undefined, mode?: string | undefined, store?: string | undefined, rounds?: string | undefined, json: boolean }} flags
 */
export async function against(
  commit,
  { size = ['32', '1024', '65536', '1048576'], mode, store = 'memory', rounds, json },
) {
  const dir = await mkdtemp(join(tmpdir(), 'quorumcast-compare-'));
  const other = join(dir, 'other');
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', other, commit], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  try {
    await symlink(join(ROOT, 'node_modules'), join(other, 'node_modules'));
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: other, stdio: 'inherit' });
    await rm(join(other, 'bench'), { recursive: true });
    await cp(join(ROOT, 'bench'), join(other, 'bench'), { recursive: true });
    const words = ['--quick', '--json', '--no-latency', '--no-faults', '--store', store];
    words.push(
      ...size.flatMap((bytes) => ['--size', bytes]),
      ...(mode === undefined ? [] : ['--mode', mode]),
    );
    /** @type {Map<string, { rate: number[], cpu: number[] }>} */
    const results = new Map();
    for (let round = 0; round < Number(rounds ?? ROUNDS); round += 1) {
      const here = run(ROOT, words);
      const there = run(other, words);
      for (const [name, line] of here) {
        const base = there.get(name);
        if (base === undefined) continue;
        const result = results.get(name) ?? { rate: [], cpu: [] };
        results.set(name, result);
        result.rate.push(line.perSecond.median / base.perSecond.median);
        result.cpu.push(base.cpuMicros.median / line.cpuMicros.median);
      }
    }
    for (const [name, { rate, cpu }] of results) {
      const figures = { rate: spread(rate), cpu: spread(cpu) };
      const text = `${name}  rate ×${show(figures.rate)}, processor time ÷${show(figures.cpu)}`;
      console.log(json ? JSON.stringify({ event: 'comparison', against: commit, name, ...figures }) : text);
    }
    return results.size === 0 ? 1 : 0;
  } finally {
    execFileSync('git', ['worktree', 'remove', '--force', other], { cwd: ROOT, stdio: 'inherit' });
    await rm(dir, { recursive: true, force: true });
  }
}

/** @param {string} cwd @param {readonly string[]} words @returns {Map<string, Line>} */
function run(cwd, words) {
  const { stdout, status } = spawnSync(process.execPath, [join(cwd, 'bench/cluster.mjs'), ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the benchmark of ${cwd} failed`);
  const lines = stdout.split('\n').filter((text) => text !== '');
  const all = lines.map((text) => /** @type {Line} */ (JSON.parse(text)));
  return new Map(
    all
      .filter(({ event }) => event === 'throughput')
      .map((line) => [`${sizeText(line.size)} ${line.mode} ${line.store}`, line]),
  );
}
