#!/usr/bin/env node
/**
 * Builds `dist/` and removes from it what no longer has a source: the compiler leaves the output of a deleted
 * file behind, and the package would ship it. Exit code: the compiler's.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
const compiled = spawnSync(process.execPath, [join(typescript, 'bin', 'tsc'), '-b', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});

const dist = join(root, 'dist');
if (existsSync(dist)) {
  for (const path of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(d\.ts|js)$/.test(path)) continue;
    const source = join(root, 'src', path.replace(/\.(d\.ts|js)$/, '.ts'));
    if (!existsSync(source)) rmSync(join(dist, path));
  }
}
process.exitCode = compiled.status ?? 1;
