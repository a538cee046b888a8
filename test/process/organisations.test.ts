import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../../src/cli/ports.ts';
import { begin, jsonLines, type Running, spawned, temporaryFolder, until } from '../cli/harness.ts';

// Four organisations, each in its own folder, as on its own machine. What one has of another it was sent: `post`
// is the only thing that crosses folders.

const NAMES = ['acme', 'globex', 'initech', 'umbrella'] as const;
type Name = (typeof NAMES)[number];

const root = temporaryFolder();
const running = new Map<Name, Running>();
let peerPorts: readonly number[] = [];
let httpPorts: readonly number[] = [];

const home = (name: Name): string => join(root, name);
const run = (name: Name, ...args: string[]) => spawned(args, { cwd: home(name) });
const url = (name: Name): string => `http://127.0.0.1:${httpPorts[NAMES.indexOf(name)]}`;

/** One organisation sends a file to another. */
function post(from: Name, to: Name, file: string, as = file): void {
  cpSync(join(home(from), file), join(home(to), as));
}

/** Starts the node of an organisation from the files in its own folder. */
function start(name: Name): Running {
  const args = ['run', '--json', '--http', url(name).slice('http://'.length)];
  const node = begin(args, { cwd: home(name) });
  running.set(name, node);
  return node;
}

async function heard(node: Running, event: string): Promise<void> {
  await until(`${event} from ${node.pid}: ${node.output.stderr}`, () =>
    node.output.stdout.includes(`{"event":"${event}"`),
  );
}

beforeAll(async () => {
  peerPorts = await freePorts(4);
  httpPorts = await freePorts(4);
  for (const name of NAMES) {
    mkdirSync(home(name));
    writeFileSync(join(home(name), 'quorumcast.json'), `{ "identity": "${name}.key" } // of ${name}\n`);
  }
});

afterAll(async () => {
  for (const { child } of running.values()) child.kill('SIGKILL');
  await Promise.all([...running.values()].map(({ result }) => result));
});

describe('four organisations become a cluster', () => {
  test('each makes its key and sends its card; acme makes the definition', async () => {
    await Promise.all(
      NAMES.map((name, index) => run(name, 'keygen', name, '--address', `127.0.0.1:${peerPorts[index]}`)),
    );
    for (const name of NAMES.slice(1)) post(name, 'acme', `${name}.card.json`);
    const cards = NAMES.map((name) => `${name}.card.json`);
    const { code, stderr } = await run(
      'acme',
      'cluster',
      'init',
      '-n',
      'settle',
      ...cards,
      '-o',
      'cluster.json',
    );
    expect(code).toBe(0);
    expect(stderr).toContain('4 members, tolerates 1 Byzantine member');
    for (const name of NAMES.slice(1)) post('acme', name, 'cluster.json');
  });

  test('a card that was changed on its way is refused', async () => {
    const card = readFileSync(join(home('globex'), 'globex.card.json'), 'utf8');
    writeFileSync(join(home('acme'), 'tampered.card.json'), card.replace('127.0.0.1', '10.66.66.66'));
    const cards = ['acme.card.json', 'tampered.card.json', 'initech.card.json', 'umbrella.card.json'];
    const { code, stderr } = await run('acme', 'cluster', 'init', '-n', 'settle', ...cards);
    expect(code).toBe(78);
    expect(stderr).toContain('the signature of card "globex" is not valid');
    expect(stderr).toContain('ask globex to send it again');
  });

  test('nobody runs what not everybody has signed', async () => {
    await run('acme', 'cluster', 'sign', '-k', 'acme.key');
    const { code, stderr } = await run('acme', 'run');
    expect(code).toBe(78);
    expect(stderr).toContain(
      'ERR_CLUSTER_UNSIGNED  cluster "settle" is signed 1/4; missing: globex, initech, umbrella',
    );
    expect(stderr).toContain('\n  -> each of them runs `quorumcast cluster sign');
  });

  test('each compares the digest and signs its copy; acme joins them and sends the whole round', async () => {
    const [{ shortDigest }] = jsonLines((await run('acme', 'cluster', 'show', '--json')).stdout) as [
      { shortDigest: string },
    ];
    for (const name of NAMES.slice(1)) {
      const signed = await run(name, 'cluster', 'sign', '-k', `${name}.key`, '--digest', shortDigest);
      expect(signed.code).toBe(0);
      post(name, 'acme', 'cluster.json', `${name}.json`);
    }
    const copies = NAMES.slice(1).map((name) => `${name}.json`);
    const merged = await run('acme', 'cluster', 'merge', 'cluster.json', ...copies, '-o', 'cluster.json');
    expect(merged.stderr).toContain('signed 4/4');
    for (const name of NAMES.slice(1)) {
      post('acme', name, 'cluster.json');
      expect((await run(name, 'cluster', 'verify', '--digest', shortDigest)).code).toBe(0);
      expect((await run(name, 'config', 'check')).code).toBe(0);
    }
  });

  test('the key of another organisation is refused', async () => {
    await run('globex', 'keygen', 'acme', '-a', '127.0.0.1:7400', '-o', 'false');
    const { code, stderr } = await run('globex', 'run', '--identity', 'false/acme.key');
    expect(code).toBe(78);
    expect(stderr).toContain('ERR_NOT_A_MEMBER  cluster "settle" names another key for "acme"');
  });
});

describe('the cluster works', () => {
  test('three of four start, and doctor tells the fourth what it would find', async () => {
    for (const name of NAMES.slice(0, 3)) start(name);
    await Promise.all(NAMES.slice(0, 3).map((name) => heard(running.get(name) as Running, 'ready')));
    const { code, stdout } = await run('umbrella', 'doctor', '--http', url('umbrella').slice(7), '--json');
    const findings = jsonLines(stdout);
    expect(findings.filter(({ check }) => check === 'peer')).toMatchObject(
      NAMES.slice(0, 3).map((subject) => ({ subject, level: 'ok' })),
    );
    expect(findings.at(-1)).toMatchObject({ event: 'verdict', works: true, up: 4, needed: 3, margin: 1 });
    expect(code).toBe(0);
  });

  test('what one sends, all deliver', async () => {
    const node = start('umbrella');
    await heard(node, 'ready');
    const sent = await run('acme', 'send', 'hello from acme', '--http', url('acme'), '--json');
    expect(sent.code).toBe(0);
    expect(jsonLines(sent.stdout)).toMatchObject([
      { event: 'accepted', senderName: 'acme', seq: 1, bytes: 15, duplicate: false },
      { event: 'delivered', senderName: 'acme', seq: 1 },
    ]);
    for (const name of NAMES) {
      const tail = await run(name, 'tail', '--limit', '1', '--http', url(name));
      expect(tail.stdout).toBe('acme#1  hello from acme\n');
      expect(tail.code).toBe(0);
    }
  });

  test('status of all says what each sees', async () => {
    const urls = NAMES.map(url);
    await until('all see all', async () => (await run('acme', 'status', '--all', ...urls)).code === 0);
    const { stdout } = await run('acme', 'status', '--all', ...urls, '--json');
    expect(jsonLines(stdout)).toMatchObject(
      NAMES.map((name) => ({ name, state: 'ready', margin: 1, peers: { up: 3, missing: [] } })),
    );
  });

  test('a signal closes a node cleanly, and the others say who is missing', async () => {
    const node = running.get('umbrella') as Running;
    node.child.kill('SIGTERM');
    const { code, stdout } = await node.result;
    expect(code).toBe(0);
    expect(jsonLines(stdout).map(({ event }) => event)).toEqual(['listening', 'ready', 'closed']);
    await until('acme misses umbrella', async () => {
      const { code: degraded, stdout: text } = await run('acme', 'status', '--http', url('acme'));
      return degraded === 2 && /^acme {2}degraded {2}margin 0 .*\n {2}umbrella/.test(text);
    });
  });
});

describe('when an organisation gets something wrong', () => {
  test('another definition with the same members: refused, and both sides can find out where it differs', async () => {
    // All signed a second definition too, with a longer message, and only umbrella takes it for the current one.
    const cards = NAMES.map((name) => `${name}.card.json`);
    const args = ['-n', 'settle', '--payload-bytes', '2MiB', ...cards, '-o', 'other.json'];
    await run('acme', 'cluster', 'init', ...args);
    await run('acme', 'cluster', 'sign', 'other.json', '-k', 'acme.key');
    for (const name of NAMES.slice(1)) {
      post(NAMES[NAMES.indexOf(name) - 1] ?? 'acme', name, 'other.json');
      await run(name, 'cluster', 'sign', 'other.json', '-k', `${name}.key`);
    }
    const diff = await run('umbrella', 'cluster', 'diff', 'cluster.json', 'other.json');
    expect(diff.stdout).toBe('limits.payloadBytes differs: 1048576 and 2097152\n');

    const http = url('umbrella').slice('http://'.length);
    const stray = begin(['run', '--cluster', 'other.json', '--data-dir', 'other', '--http', http, '--json'], {
      cwd: home('umbrella'),
    });
    running.set('umbrella', stray);
    await heard(stray, 'listening');
    await until('umbrella is told why', async () => {
      const { stdout } = await run('umbrella', 'peers', '--http', url('umbrella'));
      return stdout.match(/wrong-cluster/g)?.length === 3;
    });
    const doctor = await run('umbrella', 'doctor', '--cluster', 'other.json', '--http', http);
    expect(doctor.stdout).toMatch(
      /warn {2}acme +.*wrong-cluster.*\n +-> one of you has an old cluster\.json/,
    );
    expect(doctor.stdout).toMatch(/cannot work: .* margin -2\n$/);
    expect(doctor.code).toBe(1);
    stray.child.kill('SIGTERM');
    expect((await stray.result).code).toBe(0);
  });

  test('a busy port for peers: names the port, who asked for it, and another', async () => {
    const port = peerPorts[3] ?? 0;
    const squatter = createServer().listen(port, '127.0.0.1');
    // Where the system tells whose it is.
    const BY = `(?: by process ${process.pid} \\([^)]+\\))?`;
    try {
      const flag = await run('umbrella', 'run', '--listen', `127.0.0.1:${port}`, '--no-http');
      expect(flag.code).toBe(1);
      expect(flag.stderr).toMatch(
        new RegExp(
          `ERR_ADDRESS_IN_USE {2}127.0.0.1:${port} is in use${BY}; it comes from --listen \\(listen\\)`,
        ),
      );
      expect(flag.stderr).toMatch(/\n {2}-> .*--listen 127\.0\.0\.1:\d+\n/);
      const definition = await run('umbrella', 'run', '--no-http');
      expect(definition.code).toBe(1);
      expect(definition.stderr).toContain(`${port}`);
      expect(definition.stderr).toMatch(
        /it comes from .*cluster\.json \(listen\)\n {2}-> .*--listen HOST:PORT/,
      );
    } finally {
      squatter.close();
    }
  });

  test('a busy port for HTTP: says that it is a member, which, and names another port', async () => {
    const taken = url('acme').slice('http://'.length);
    const { code, stderr } = await run('umbrella', 'run', '--http', taken);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `ERR_ADDRESS_IN_USE  ${taken} is in use by member acme; it comes from --http (http.listen)`,
    );
    expect(stderr).toMatch(/choose another address: --http 127\.0\.0\.1:\d+\n/);
  });

  test('a data folder in use: the second process does not start', async () => {
    const other = (await freePorts(1))[0];
    const args = ['run', '--listen', `127.0.0.1:${other}`, '--no-http'];
    const { code, stderr } = await run('acme', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_DATA_DIR_LOCKED');
  });

  test('lost state: the member is refused, says so, and ends', async () => {
    const args = ['--data-dir', 'forgotten', '--http', url('umbrella').slice('http://'.length)];
    const { code, stderr } = await run('umbrella', 'run', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_STATE_LOST');
    expect(stderr).toMatch(/\n {2}-> /);
  });
});
