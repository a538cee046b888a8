import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What figures depend on: to be printed with them. */
export function machine() {
  const models = cpus();
  return {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: models[0]?.model.trim() ?? 'unknown',
    cores: models.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: load(),
  };
}

/** `machine` in one line. @param {ReturnType<typeof machine>} about */
export function machineLine(about) {
  const { date, commit: at, node, platform, cpu, cores, memoryGiB } = about;
  return `${date}  ${at}  Node ${node} on ${platform}, ${cores} × ${cpu}, ${memoryGiB} GiB, load ${about.load}`;
}

/** Processes that wanted to run during the last minute, this program's own among them. */
export function load() {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}

function commit() {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  /** @param {string[]} words */
  const git = (...words) =>
    execFileSync('git', words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const at = git('rev-parse', '--short=10', 'HEAD');
    const changed = git('status', '--porcelain', '--', 'src', 'bench');
    return changed === '' ? at : `${at} with changes`;
  } catch {
    return 'no commit';
  }
}
