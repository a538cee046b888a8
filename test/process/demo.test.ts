import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { MemberHandle } from '../../dist/cli/demo/members.js';
import { makeClusterFolder } from '../../src/cli/cluster-folder.ts';

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'quorumcast-demo-test-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `quorumcast demo`; `onOutput` sees stderr as it grows, and may end the process. */
function demo(
  args: readonly string[],
  input = '',
  onOutput?: (stderr: string, pid: number) => void,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, 'demo', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      onOutput?.(stderr, child.pid ?? 0);
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const events = (stdout: string): { event: string; [key: string]: unknown }[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('four members agree while one equivocates, and the lies can be seen', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`).join('\n');
  const { code, stdout, stderr } = await demo(['-', '--json'], `${lines}\n`);
  expect(stderr).toBe('');
  const seen = events(stdout);
  expect(seen.at(-1)).toMatchObject({
    event: 'verdict',
    agreement: 'holds',
    totality: 'holds',
    validity: 'holds',
    integrity: 'holds',
    lines: 40,
  });
  const members = seen.filter(({ event }) => event === 'member');
  expect(members.map(({ role }) => role)).toEqual(['correct', 'correct', 'correct', 'equivocate']);
  const sequences = members.slice(0, 3).map(({ sequences }) => JSON.stringify(sequences));
  expect(new Set(sequences).size).toBe(1);
  expect(seen.filter(({ event }) => event === 'lie').length).toBeGreaterThan(0);
  expect(seen.some(({ event, code: kind }) => event === 'evidence' && kind === 'equivocation')).toBe(true);
  expect(code).toBe(0);
});

test('a member takes a broadcast before it has finished to start', async () => {
  const { dir, clusterFile, members } = await makeClusterFolder(join(folder, 'early'), { members: 4 });
  const [first] = members;
  if (first === undefined) throw new Error(`no member in ${dir}`);
  const { name, keyFile, dataDir } = first;
  const member = new MemberHandle(
    0,
    name,
    { clusterFile, keyFile, dataDir, adversary: undefined },
    () => undefined,
  );
  try {
    expect(await member.broadcast(new TextEncoder().encode('early'))).toBe(1);
    const { reasons } = await member.report();
    expect(reasons).toContain('too few members are connected: nothing can be delivered');
  } finally {
    await member.stop();
  }
});

test.each([
  ['p3=withhold', []],
  ['p3=silent', []],
  ['p0=equivocate,p6=withhold', ['--members', '7']],
])('agreement holds with %s', async (byzantine, more) => {
  const { code, stdout } = await demo(['--json', '--byzantine', byzantine, ...more]);
  expect(events(stdout).at(-1)).toMatchObject({ event: 'verdict', agreement: 'holds', validity: 'holds' });
  expect(code).toBe(0);
});

test('n = 5 and n = 6, where 2f+1 echoes would not be enough', async () => {
  for (const members of ['5', '6']) {
    const { code, stdout } = await demo(['--json', '--members', members]);
    expect(events(stdout).at(-1)).toMatchObject({ agreement: 'holds', totality: 'holds' });
    expect(code).toBe(0);
  }
});

test('more liars than f are said to promise nothing, and the verdict says what was found', async () => {
  const { code, stderr, stdout } = await demo(
    ['--byzantine', 'p2=silent,p3=silent', '--keep', join(folder, 'two')],
    'x\n',
  );
  expect(stderr).toContain('nothing is promised any more');
  expect(stdout).toContain('totality');
  expect(code).toBe(2);
});

test('--keep leaves keys, definition and logs; without it nothing is left', async () => {
  const kept = join(folder, 'kept');
  const file = join(folder, 'two.txt');
  writeFileSync(file, 'one\ntwo\n');
  const { code } = await demo([file, '--keep', kept]);
  expect(code).toBe(0);
  expect(existsSync(join(kept, 'cluster.json'))).toBe(true);
  const { stderr } = await demo([file]);
  const dir = /data in (\S+)/.exec(stderr)?.[1] ?? '';
  expect(dir).not.toBe('');
  expect(existsSync(dir)).toBe(false);
});

test('Ctrl-C ends every process and leaves no folder', async () => {
  let dir = '';
  const { code } = await demo([], '', (stderr, pid) => {
    if (dir !== '') return;
    dir = /data in (\S+)/.exec(stderr)?.[1] ?? '';
    if (dir !== '') process.kill(pid, 'SIGINT');
  });
  expect(code).toBe(130);
  expect(existsSync(dir)).toBe(false);
});

// Elsewhere nobody tells whose child a process is.
const onLinux = test.runIf(process.platform === 'linux');

/** Runs a demo, and kills its first member as soon as that is there. */
async function killedEarly(args: readonly string[]) {
  let killed = 0;
  const result = await demo(args, '', (stderr, pid) => {
    if (killed > 0 || !stderr.includes('is Byzantine')) return;
    // Its members are about to start.
    const until = performance.now() + 10_000;
    while (killed === 0 && performance.now() < until) {
      [killed = 0] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    }
    if (killed > 0) process.kill(killed, 'SIGKILL');
  });
  return { killed, ...result };
}

onLinux('a member that is killed is told of, with what to do', async () => {
  const { killed, code, stdout, stderr } = await killedEarly(['--members', '4']);
  expect(killed).toBeGreaterThan(0);
  expect(stderr).toMatch(/ERR_CLOSED {2}member p\d ended by SIGKILL\n {2}-> .*--keep DIR/);
  expect(stdout).toBe('');
  expect(code).toBe(1);
  expect(existsSync(/data in (\S+)/.exec(stderr)?.[1] ?? '')).toBe(false);
});

onLinux('those that agree are processes too, and one that is killed is told of', async () => {
  const { killed, code, stdout, stderr } = await killedEarly(['agree', '--members', '4']);
  expect(killed).toBeGreaterThan(0);
  expect(stderr).toMatch(/ERR_CLOSED {2}member p\d ended by SIGKILL\n {2}-> nobody here ended it/);
  expect(stdout).toBe('');
  expect(code).toBe(1);
});

onLinux('one that is killed once all are at work: the others go on, and the verdict says so', async () => {
  const child = spawn(
    process.execPath,
    [MAIN, 'demo', '-', '--members', '7', '--byzantine', 'p6=equivocate'],
    {
      stdio: 'pipe',
    },
  );
  let [stdout, stderr, killed] = ['', '', 0];
  const lines = (count: number): string => Array.from({ length: count }, (_, i) => `line ${i}\n`).join('');
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (killed === 0 && stderr.includes('all links up')) {
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
      killed = Number(children.trim().split(' ')[0]);
      child.stdin.write(lines(40));
      process.kill(killed, 'SIGKILL');
      child.stdin.end(lines(40));
    }
  });
  const [code] = await once(child, 'close');
  expect(killed).toBeGreaterThan(0);
  expect(stderr).toContain(
    'member p0 ended by SIGKILL; without it the others go on: 2 of at most f=2 lie or are gone',
  );
  expect(stdout).toMatch(/^p0 +gone /m);
  expect(stdout).toMatch(
    /verdict, .*: agreement holds, totality holds, validity holds, integrity holds; member p0 ended by SIGKILL\n$/,
  );
  expect(code).toBe(0);
});

test('a reader that has seen enough leaves no process and no folder', async () => {
  const child = spawn(process.execPath, [MAIN, 'demo', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [first] = await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  const { dir } = JSON.parse(String(first).split('\n')[0] ?? '') as { dir: string };
  expect(dir).toContain('quorumcast-demo-');
  expect(existsSync(dir)).toBe(false);
});

test('nobody faulty allowed is the plain form, and no lines are said to prove nothing', async () => {
  const { code, stderr } = await demo(['-', '--members', '3'], '');
  expect(stderr).toMatch(/^quorumcast demo {2}3 members {2}f=0 {2}Bracha, nobody faulty allowed {2}/);
  expect(stderr).toContain('warning  there was no line to broadcast');
  expect(code).toBe(0);
});

test('bad input is refused with what to do', async () => {
  const missing = await demo(['no-such-file']);
  expect(missing.code).toBe(64);
  expect(missing.stderr).toContain('no-such-file');
  const many = await demo(['--members', '4', '--faulty', '2']);
  expect(many.code).toBe(64);
  expect(many.stderr).toContain('n >= 3f+1');
});
