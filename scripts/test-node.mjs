#!/usr/bin/env node
/**
 * Runs the tests on other versions of Node: `npm run test:node -- 22 24`. Each is fetched once, from the `node`
 * package of the npm registry, into `node_modules/.cache`; nothing is installed outside this folder. Arguments
 * that are no versions go to vitest: `npm run test:node -- 22 test/golden`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

/** The folder that holds the program `node` of a version such as `22` or `22.12.0`. @param {string} version */
function runtime(version) {
  const folder = join(root, 'node_modules', '.cache', 'quorumcast', `node-${version}`);
  const programs = join(folder, 'node_modules', 'node', 'bin');
  if (existsSync(programs)) return programs;
  mkdirSync(folder, { recursive: true });
  // The package puts the program in place by a script of its own, which newer versions of npm run when asked to.
  const manifest = { private: true, allowScripts: { node: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  console.error(`fetching node@${version}`);
  const args = ['install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts=false'];
  const installed = spawnSync('npm', [...args, '--loglevel=error', `node@${version}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (installed.status !== 0 || !existsSync(programs)) throw new Error(`node@${version} cannot be had`);
  return programs;
}

/** @param {string} version @param {readonly string[]} filters */
function testOn(version, filters) {
  const programs = runtime(version);
  const env = { ...process.env, PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}` };
  const { stdout } = spawnSync('node', ['--version'], { env, encoding: 'utf8' });
  console.log(`\nNode ${stdout.trim()}`);
  const tested = spawnSync('node', [vitest, 'run', ...filters], { cwd: root, env, stdio: 'inherit' });
  return { name: `Node ${stdout.trim()}`, passed: tested.status === 0 };
}

const args = process.argv.slice(2);
const versions = args.filter((arg) => /^\d+(\.\d+){0,2}$/.test(arg));
if (versions.length === 0) {
  console.error('which versions? npm run test:node -- 22 24');
  process.exitCode = 64;
} else {
  const results = versions.map((version) =>
    testOn(
      version,
      args.filter((arg) => !versions.includes(arg)),
    ),
  );
  for (const { name, passed } of results) console.log(`${name}: ${passed ? 'passed' : 'failed'}`);
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
