import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What a user of Node takes today to get a message to others, without any agreement, for orientation; and the floor.
 * @typedef {object} Rival
 * @property {URL} script Answers the questions that the plain fan-out answers.
 * @property {string} about
 * @property {Readonly<Record<string, string>>} packages Exact versions, fetched when they are asked for.
 * @property {string | undefined} program What has to be installed on the machine.
 * @property {number} bytesMax Longest message.
 * @property {boolean} [mesh] Whether there are links between any two processes.
 */

/** @type {Readonly<Record<string, Rival>>} */
const RIVALS = {
  floor: {
    script: new URL('./floor.mjs', import.meta.url),
    about: 'the floor: everybody hashes every payload and says two votes to all, and nothing else',
    packages: {},
    program: undefined,
    bytesMax: 2 ** 30,
    mesh: true,
  },
  ws: {
    script: new URL('./ws.mjs', import.meta.url),
    about: 'WebSockets, one server and its clients, mutual TLS 1.3',
    packages: { ws: '8.18.3' },
    program: undefined,
    bytesMax: 2 ** 30,
  },
  nats: {
    script: new URL('./nats.mjs', import.meta.url),
    about: 'NATS, one server between, whose processor time is not counted, without TLS',
    packages: { '@nats-io/transport-node': '3.1.0' },
    program: 'nats-server',
    bytesMax: 2 ** 25,
  },
};

/** Ends the program for a name that is none. @param {string} list names between commas @returns {readonly string[]} */
export function rivalNames(list) {
  const names = list.split(',').filter((name) => name !== '');
  const wrong = names.find((name) => !(name in RIVALS));
  if (wrong !== undefined) {
    console.error(
      `--beside takes names out of ${Object.keys(RIVALS).join(', ')} between commas, not "${wrong}"`,
    );
    process.exit(2);
  }
  return names;
}

/**
 * A rival that can run here, and where its packages are; or what it needs.
 * @param {string} name @returns {Rival & { modules: string } | { needs: string }}
 */
export function rival(name) {
  const known = RIVALS[name];
  if (known === undefined) return { needs: 'to be known' };
  const { packages, program } = known;
  if (program !== undefined && !isInstalled(program)) return { needs: `the program ${program} in PATH` };
  const modules = fetched(name, packages);
  return modules === undefined
    ? { needs: `${Object.keys(packages).join(', ')} from the npm registry` }
    : { ...known, modules };
}

/** @param {string} program */
function isInstalled(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/**
 * A folder of the cache that holds the packages: nothing of them becomes part of this project, and no script of theirs
 * runs. Undefined if they cannot be had.
 * @param {string} name @param {Readonly<Record<string, string>>} packages
 */
function fetched(name, packages) {
  const wanted = Object.entries(packages).map(([each, version]) => `${each}@${version}`);
  if (wanted.length === 0) return '';
  const cache = fileURLToPath(new URL('../../node_modules/.cache/quorumcast', import.meta.url));
  const folder = join(cache, `beside-${[name, ...Object.values(packages)].join('-')}`);
  if (existsSync(join(folder, 'complete'))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const words = ['install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts'];
  try {
    execFileSync('npm', [...words, '--loglevel=error', ...wanted], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch {
    return undefined;
  }
  writeFileSync(join(folder, 'complete'), '');
  return folder;
}
