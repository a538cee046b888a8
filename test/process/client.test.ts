import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterFolder, makeClusterFolder } from '../../src/cli/cluster-folder.ts';
import { ClusterProcesses } from '../../src/cli/cluster-processes.ts';
import { begin, jsonLines, spawned, temporaryFolder, until } from '../cli/harness.ts';

const dir = temporaryFolder();
let folder: ClusterFolder;
let cluster: ClusterProcesses;

const http = (name: string): string => cluster.member(name).http;
const to = (name: string, ...args: string[]) => spawned([...args, '--http', http(name)], { cwd: dir });

beforeAll(async () => {
  folder = await makeClusterFolder(join(dir, 'cluster'), { members: 4, limits: { payloadBytes: 100_000 } });
  cluster = await ClusterProcesses.start(folder);
  await cluster.ready();
});

afterAll(() => cluster.stopAll());

describe('send', () => {
  test('takes standard input as it is, byte for byte', async () => {
    const payload = randomBytes(50_000);
    for (const args of [['send', '-'], ['send']]) {
      const { code } = await spawned([...args, '--http', http('p1')], { input: payload });
      expect(code).toBe(0);
    }
    const { bytes } = await to('p2', 'tail', '--raw', '--limit', '2');
    const line = Buffer.concat([payload, Buffer.from('\n')]);
    expect(bytes.equals(Buffer.concat([line, line]))).toBe(true);
  });

  test('takes a file, and an empty message', async () => {
    writeFileSync(join(dir, 'note.txt'), 'from a file');
    expect((await to('p1', 'send', '--file', 'note.txt')).code).toBe(0);
    const empty = await to('p1', 'send', '', '--json');
    expect(jsonLines(empty.stdout)[0]).toMatchObject({ bytes: 0 });
    expect(empty.code).toBe(0);
  });

  test('with a key it broadcasts once, and says when the bytes are others', async () => {
    const first = await to('p0', 'send', 'pay 5', '--key', 'order-17', '--json');
    const again = await to('p0', 'send', 'pay 5', '--key', 'order-17', '--json');
    const [accepted] = jsonLines(first.stdout);
    expect(accepted).toMatchObject({ event: 'accepted', duplicate: false });
    expect(jsonLines(again.stdout)[0]).toEqual({ ...accepted, duplicate: true });
    const other = await to('p0', 'send', 'pay 6', '--key', 'order-17');
    expect(other.stderr).toMatch(/^ERR_IDEMPOTENCY_CONFLICT/);
    expect(other.code).toBe(1);
  });

  test('refuses what is longer than the cluster allows', async () => {
    const { code, stderr } = await spawned(['send', '-', '--http', http('p0')], {
      input: Buffer.alloc(100_001),
    });
    expect(stderr).toMatch(/^ERR_PAYLOAD_TOO_LARGE/);
    expect(code).toBe(1);
  });

  test('--wait accepted does not wait for more', async () => {
    const { stdout, code } = await to('p0', 'send', 'quick', '--wait', 'accepted');
    expect(stdout).toMatch(/^p0#\d+ accepted {3}digest [0-9a-f]{8} {2}5 B\n$/);
    expect(code).toBe(0);
  });
});

describe('tail', () => {
  test('a consumer goes on where it left off', async () => {
    const first = await to('p0', 'tail', '--consumer', 'ledger', '--limit', '2', '--json');
    const second = await to('p0', 'tail', '--consumer', 'ledger', '--limit', '1', '--json');
    const whole = await to('p0', 'tail', '--limit', '3', '--json');
    expect([...jsonLines(first.stdout), ...jsonLines(second.stdout)]).toEqual(jsonLines(whole.stdout));
  });

  test('a cursor says after which message to begin; one that is none is refused', async () => {
    const [first, second] = jsonLines((await to('p3', 'tail', '--limit', '2', '--json')).stdout);
    const rest = await to('p3', 'tail', '--from', String(first?.['cursor']), '--limit', '1', '--json');
    expect(jsonLines(rest.stdout)).toEqual([second]);
    const bad = await to('p3', 'tail', '--from', 'yesterday');
    expect(bad.stderr).toMatch(/^ERR_CURSOR/);
    expect(bad.code).toBe(1);
  });

  test('follows from now on, through a restart of the node, until Ctrl-C', async () => {
    const tail = begin(['tail', '--from', 'now', '--http', http('p2')]);
    // Nothing tells from outside when it has found its place; a message that it shows does.
    let tick = 0;
    await until('tail follows', async () => {
      tick += 1;
      await to('p0', 'send', `tick ${tick}`);
      return tail.output.stdout.includes('tick');
    });
    const address = http('p2').slice('http://'.length);
    await cluster.stop('p2');
    await until('tail notices', () => tail.output.stderr.includes('trying again'));
    await to('p0', 'send', 'while away');
    // The same port again: this node, as far as tail knows.
    const config = JSON.stringify({
      cluster: '../cluster.json',
      identity: 'p2.key',
      dataDir: 'data',
      http: { listen: address },
    });
    writeFileSync(folder.members[2]?.configFile ?? '', config);
    await cluster.start('p2').listening;
    await until('tail resumes', () => tail.output.stdout.includes('while away'));
    tail.child.kill('SIGINT');
    expect((await tail.result).code).toBe(0);
    const shown = tail.output.stdout.split('\n').filter((line) => line !== '');
    expect(new Set(shown).size).toBe(shown.length);
  });

  test('shows control characters, and does not obey them', async () => {
    await to('p3', 'send', 'a\u001b[2Jb\nc\u202e');
    const { stdout } = await to('p3', 'tail', '--no-follow');
    expect(stdout).toContain('p3#1  a\\u001b[2Jb\\nc\\u202e\n');
    expect(stdout).not.toContain('\u001b');
  });

  test('ends quietly when its reader has enough', async () => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const tail = spawn(process.execPath, [main, 'tail', '--no-follow', '--raw', '--http', http('p0')]);
    let stderr = '';
    tail.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    // The reader goes away before anything was read: more is to come than a pipe holds.
    tail.stdout.destroy();
    const code = await new Promise((resolve) => tail.once('close', resolve));
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
});

describe('what a node knows', () => {
  test('status, peers, trace, evidence: text for people, objects for programs', async () => {
    await until('p0 sees all', async () => (await to('p0', 'status')).code === 0);
    const status = await to('p0', 'status');
    expect(status.stdout).toMatch(/^p0 {2}ready {2}margin 1 \(1 more may fail/);
    expect(jsonLines((await to('p0', 'status', '--json')).stdout)).toMatchObject([
      { name: 'p0', state: 'ready', margin: 1, cluster: { n: 4, f: 1 } },
    ]);
    const peers = await to('p0', 'peers', '--json');
    expect(jsonLines(peers.stdout).map(({ name, connected }) => [name, connected])).toEqual([
      ['p1', true],
      ['p2', true],
      ['p3', true],
    ]);
    expect((await to('p0', 'peers')).stdout).toMatch(/^MEMBER +ADDRESS +LINK/);
    const trace = await to('p0', 'trace', 'p1#1', '--json');
    expect(jsonLines(trace.stdout)).toMatchObject([{ senderName: 'p1', seq: 1, phase: 'delivered' }]);
    expect(trace.code).toBe(0);
    const evidence = await to('p0', 'evidence');
    expect(evidence).toMatchObject({ code: 0, stdout: '' });
    expect(evidence.stderr).toContain('none: this node saw no member do what it must not');
  });

  test('what is not known is said with what is', async () => {
    const unknown = await to('p0', 'trace', 'p1#9999');
    expect(unknown.stderr).toMatch(/^ERR_NOT_FOUND {2}nothing is known here of p1#9999\n {2}-> /);
    expect(unknown.code).toBe(1);
    const nobody = await to('p0', 'trace', 'bob#1');
    expect(nobody.stderr).toMatch(/no member is called "bob"\n {2}-> the members are p0, p1, p2, p3/);
    expect(nobody.code).toBe(1);
  });

  test('what is piped carries no control characters', async () => {
    for (const args of [
      ['status'],
      ['status', '--all'],
      ['peers'],
      ['doctor'],
      ['config', 'print'],
      ['--help'],
    ]) {
      const { stdout, stderr } = await spawned(args, {
        cwd: folder.members[0]?.dir ?? '',
        env: { QUORUMCAST_HTTP: http('p0'), FORCE_COLOR: '1' },
      });
      expect(stdout + stderr, args.join(' ')).not.toContain('\u001b');
      expect(stdout + stderr, args.join(' ')).not.toBe('');
    }
  });

  test('another program at the address is told from a node', async () => {
    const server = createServer((_request, response) => response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    try {
      const { code, stderr } = await spawned(['status', '--http', `:${port}`]);
      expect(stderr).toContain(`what answers at http://127.0.0.1:${port} is no quorumcast node`);
      expect(code).toBe(1);
    } finally {
      server.close();
    }
  });
});

describe('when members are missing', () => {
  test('one away: delivery goes on; two away: it stalls, and everybody can say why', async () => {
    await cluster.stop('p3');
    expect((await to('p0', 'send', 'with three')).code).toBe(0);
    await cluster.stop('p2');
    const stuck = await to('p0', 'send', 'with two', '--timeout', '1500ms');
    expect(stuck.code).toBe(2);
    expect(stuck.stdout).toMatch(/^p0#\d+ accepted .*\n$/);
    const name = /^(\S+) accepted/.exec(stuck.stdout)?.[1] ?? '';
    expect(stuck.stderr).toContain(`${name} not delivered within 1.5 s: it stays accepted`);
    expect(stuck.stderr).toContain(`quorumcast trace ${name}`);
    const trace = await to('p0', 'trace', name);
    expect(trace.code).toBe(2);
    expect(trace.stdout).toMatch(/p2/);
    expect(trace.stdout).toMatch(/p3/);
    const status = await to('p0', 'status');
    expect(status.code).toBe(2);
    expect(status.stdout).toMatch(/margin -1 \(too few members are up: nothing is delivered\)/);
    const wait = await to('p0', 'wait', '--ready', '--timeout', '300ms');
    expect(wait.code).toBe(2);
    expect(wait.stdout).toMatch(/^not ready within 300 ms: \w+, missing p2 \(.*\), p3 \(/);
    const drain = await to('p0', 'drain', '--timeout', '300ms');
    expect(drain.code).toBe(2);
    expect(drain.stdout).toBe('not drained within 300 ms: something accepted is not delivered yet\n');
    const refused = await to('p0', 'send', 'more');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^ERR_/);
  });

  test('brought back, the rest is delivered; drained, the node is safe to stop', async () => {
    await Promise.all(['p2', 'p3'].map((name) => cluster.start(name).listening));
    expect((await to('p1', 'wait', '--ready')).code).toBe(0);
    const drained = await to('p0', 'drain', '--json');
    expect(jsonLines(drained.stdout)).toMatchObject([{ drained: true, pending: { messages: 0 } }]);
    expect(drained.code).toBe(0);
    await until('p3 has it too', async () => {
      const { stdout } = await to('p3', 'tail', '--no-follow');
      return stdout.includes('with two');
    });
  });

  test('a member killed in the middle comes back with all it had', async () => {
    await cluster.kill9('p1');
    const member = cluster.start('p1');
    await member.listening;
    const { stdout } = await spawned(['tail', '--no-follow', '--http', member.http]);
    expect(stdout).toContain('with three');
    await member.ready;
  });
});

describe('bench', () => {
  test('broadcasts at a rate, and says how many were delivered and how long they took', async () => {
    const { code, stdout } = await to(
      'p1',
      ...'bench --rate 40 --duration 500ms --size 100 --json'.split(' '),
    );
    expect(code).toBe(0);
    const [result] = jsonLines(stdout) as [Record<string, number>];
    expect(result).toMatchObject({ event: 'bench', size: 100, rate: 40, delivered: 20, failed: 0 });
    expect(result['p50Ms']).toBeGreaterThan(0);
    expect(result['maxMs']).toBeGreaterThanOrEqual(result['p50Ms'] ?? 0);
    const last = await to('p2', 'tail', '--from', 'start', '--no-follow', '--json');
    const sent = jsonLines(last.stdout).filter(({ text }) => String(text).startsWith('bench '));
    expect(sent).toHaveLength(20);
  });

  test('says why nothing was delivered', async () => {
    const { code, stderr } = await to('p1', ...'bench --size 200KiB --duration 50ms --clients 1'.split(' '));
    expect(code).toBe(1);
    expect(stderr).toMatch(/ERR_PAYLOAD_TOO_LARGE/);
  });
});
