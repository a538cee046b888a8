import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, read } from './rules/tree.ts';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly license?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const LICENCES = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0'];
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

const lock: { packages: Record<string, Locked> } = JSON.parse(read('package-lock.json') ?? '');
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
/** What a user of the package gets: neither the tools of this repository nor optional parts of those. */
const production = locked.filter(([, entry]) => entry.dev !== true && !entry.optional && !entry.devOptional);

function manifestAt(path: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'));
}

test('what users install has a permissive licence', () => {
  expect(production.length).toBeGreaterThan(Object.keys(manifestAt('.').dependencies).length);
  const others = production.filter(([, { license = 'none' }]) => !LICENCES.includes(license));
  expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
});

test('nothing that users install runs a script on installation', () => {
  const scripted = production.filter(([path, { hasInstallScript }]) => {
    const { scripts = {} } = manifestAt(path);
    return hasInstallScript === true || INSTALL_SCRIPTS.some((name) => name in scripts);
  });
  expect(scripted.map(([path]) => path)).toEqual([]);
});

test('the lockfile names no registry and pins every byte', () => {
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(locked.filter(([, { integrity, link }]) => integrity === undefined && link !== true)).toEqual([]);
  expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
});

test('the lockfile holds the optional parts of every tool for every platform', () => {
  // npm ci refuses a lockfile that lacks one, and npm writes such a lockfile if the registry has not got it.
  const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
  const missing = locked.flatMap(([path, { optionalDependencies = {} }]) => {
    return Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => `${path} wants ${name}`);
  });
  expect(missing).toEqual([]);
});

test('the manifest pins exact versions, and the lockfile agrees', () => {
  const { dependencies, devDependencies } = manifestAt('.');
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
});

test('every production dependency supports the oldest Node that this package does', () => {
  const engines = production.map(([path]) => {
    const { engines = {} } = manifestAt(path) as { engines?: { node?: string } };
    return [path, engines.node ?? '*'] as const;
  });
  // Whatever asks for 21 or later, whichever way it writes it.
  expect(engines.filter(([, range]) => /^(?:>=|\^|~)?\s*v?(?:2[1-9]|[3-9]\d)/.test(range))).toEqual([]);
});
