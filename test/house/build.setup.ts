import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));

/**
 * Brings `dist/` up to date before any test, so that a single test file can be run alone. The compiler itself
 * knows what is stale: an unchanged tree costs it well under a second.
 */
export default function build(): void {
  // Every project inherits this setup; once a run is enough.
  if (process.env['QUORUMCAST_BUILT'] === String(process.pid)) return;
  process.env['QUORUMCAST_BUILT'] = String(process.pid);
  const result = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (result.status === 0) return;
  const report = `the build failed:\n${result.stdout}${result.stderr}`;
  if (process.env['CI'] !== undefined) throw new Error(report);
  // While working, a type error in one folder need not keep the tests of another from running.
  console.error(`${report}\nThe tests go on with what was emitted.`);
}
