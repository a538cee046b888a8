import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freeRow } from '../../src/cli/ports.ts';
import { alive, begin, jsonLines, type Running, spawned, temporaryFolder, until } from '../cli/harness.ts';

interface Ready {
  readonly event: 'ready';
  readonly dir: string;
  readonly members: readonly { readonly name: string; readonly http: string; readonly pid: number }[];
}

const begun: Running[] = [];

afterEach(async () => {
  for (const { child, result } of begun.splice(0)) {
    // Not SIGKILL: what nobody can clean up after would stay.
    child.kill('SIGTERM');
    await result;
  }
});

async function dev(...args: string[]): Promise<Running> {
  // Each test looks for its own ports: the ones of the test before may not be free again yet.
  const port = await freeRow(21_000 + 50 * begun.length, 9);
  const http = await freeRow((port ?? 0) + 20, 9);
  const running = begin(['dev', '--port', `${port}`, '--http', `${http}`, ...args], { cwd: tmpdir() });
  begun.push(running);
  return running;
}

async function ready(running: Running): Promise<Ready> {
  await until(`ready: ${running.output.stderr}`, () => running.output.stdout.includes('\n'));
  return jsonLines(running.output.stdout)[0] as unknown as Ready;
}

const gone = (pids: readonly number[]) => until('all members have ended', () => !pids.some(alive));

test('a cluster in one command; Ctrl-C leaves no process and no file', async () => {
  const running = await dev();
  await until('the ready line', () => running.output.stderr.includes('next: quorumcast send hello'));
  const { stderr } = running.output;
  expect(stderr).toContain('quorumcast dev  4 members  f=1, quorums: echo 2');
  expect(stderr).toContain('amplify 2, deliver 3');
  const dir = /data (\S+) \(removed at the end\)/.exec(stderr)?.[1] ?? '';
  expect(readdirSync(dir)).toEqual(expect.arrayContaining(['cluster.json', 'nodes.json', 'p0', 'p3']));
  const [http = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(stderr) ?? [];

  expect((await spawned(['send', 'hello', '--http', http])).code).toBe(0);
  await until('all ready', async () => (await spawned(['status', '--all', '--http', http])).code === 0);
  // The list in the folder and the ports in a row name the same nodes; p0 may have delivered before the others.
  await until('all have delivered it', async () => {
    const byDir = jsonLines((await spawned(['status', '--all', '--dir', dir, '--json'])).stdout);
    expect(byDir.map(({ name }) => name)).toEqual(['p0', 'p1', 'p2', 'p3']);
    return byDir.every(({ delivered }) => delivered === 1);
  });

  const pids = await childrenOf(dir);
  expect(pids).toHaveLength(4);
  running.child.kill('SIGINT');
  expect((await running.result).code).toBe(0);
  await gone(pids);
  expect(existsSync(dir)).toBe(false);
});

/** The processes of the members, from the records of their logs. */
async function childrenOf(dir: string): Promise<number[]> {
  const { nodes } = JSON.parse(readFileSync(join(dir, 'nodes.json'), 'utf8')) as { nodes: { pid: number }[] };
  return nodes.map(({ pid }) => pid);
}

test('members end when the process that started them is killed', async () => {
  const dir = join(temporaryFolder(), 'cluster');
  const running = await dev('--json', '--dir', dir);
  const { members } = await ready(running);
  running.child.kill('SIGKILL');
  await gone(members.map(({ pid }) => pid));
});

test('with --dir the cluster goes on where it was', async () => {
  const dir = join(temporaryFolder(), 'cluster');
  const first = await dev('--json', '--dir', dir);
  const before = await ready(first);
  const http = before.members[0]?.http ?? '';
  await spawned(['send', 'kept', '--http', http]);
  first.child.kill('SIGTERM');
  expect((await first.result).code).toBe(0);

  const again = begin(['dev', '--json', '--dir', dir]);
  begun.push(again);
  const after = await ready(again);
  expect(after.members.map(({ name, http: url }) => [name, url])).toEqual(
    before.members.map(({ name, http: url }) => [name, url]),
  );
  const { stdout } = await spawned(['tail', '--no-follow', '--http', http]);
  expect(stdout).toBe('p0#1  kept\n');

  const other = await spawned(['dev', '--dir', dir, '--members', '7']);
  expect(other.code).toBe(64);
  expect(other.stderr).toMatch(/--members 7 does not fit the cluster in .*, which has 4\n {2}-> /);
  const twice = await spawned(['dev', '--dir', dir]);
  expect(twice.code).toBe(1);
  expect(twice.stderr).toMatch(
    /ERR_ADDRESS_IN_USE {2}port \d+ of p0 is in use.*\n {2}-> perhaps this cluster runs/,
  );
});

test('one that lies is found out, and the others agree', async () => {
  const running = await dev('--json', '--byzantine', 'p3=equivocate');
  const { members } = await ready(running);
  const [p0, p1, p2, p3] = members.map(({ http }) => http);
  for (const text of ['one', 'two']) {
    expect((await spawned(['send', text, '--http', p0 ?? ''])).code).toBe(0);
    const lie = await spawned(['send', `${text}, says p3`, '--wait', 'accepted', '--http', p3 ?? '']);
    expect(lie).toMatchObject({ code: 0, stderr: '' });
  }
  const tails = async (): Promise<string[]> => {
    const results = [p0, p1, p2].map((http) => spawned(['tail', '--no-follow', '--http', http ?? '']));
    return (await Promise.all(results)).map(({ stdout }) => stdout.split('\n').toSorted().join('\n'));
  };
  await until('the correct members delivered the same', async () => {
    const [first = '', ...others] = await tails();
    return first.includes('p0#2  two') && others.every((other) => other === first);
  });
  let entries: readonly Record<string, unknown>[] = [];
  // What is told while a link is down, and delivered before it is up again, is not told over it any more: so it goes on lying.
  await until('somebody has evidence', async () => {
    await spawned(['send', 'more of p3', '--wait', 'accepted', '--http', p3 ?? '']);
    const results = [p0, p1, p2].map((http) => spawned(['evidence', '--json', '--http', http ?? '']));
    entries = (await Promise.all(results)).flatMap(({ stdout }) => jsonLines(stdout));
    return entries.length > 0;
  });
  // Nobody else is accused of anything.
  expect(entries.filter(({ name }) => name !== 'p3')).toEqual([]);
});

test('a busy port is named, and a free row is offered', async () => {
  const running = await dev('--json');
  const { members } = await ready(running);
  const http = Number(members[1]?.http.split(':').at(-1));
  const { code, stderr } = await spawned(['dev', '--port', '23700', '--http', `${http}`]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `ERR_ADDRESS_IN_USE {2}port ${http} is in use by member p1 \\(--http ${http}, 4 ports in a row\\)`,
    ),
  );
  expect(stderr).toMatch(/these are free: --http \d+\n/);
  if (process.platform !== 'linux') return;
  // A port that does not speak HTTP: the system tells which process has it.
  const status = await spawned(['status', '--json', '--http', members[1]?.http ?? '']);
  const peers = Number(String(jsonLines(status.stdout)[0]?.['address']).split(':').at(-1));
  const taken = await spawned(['dev', '--port', `${peers}`, '--http', '23900']);
  expect(taken.stderr).toContain(`port ${peers} is in use by process ${members[1]?.pid} (node) (--port `);
});

test.each([
  [['--byzantine', 'p9=silent'], /there is no member "p9"/],
  [['--byzantine', 'p3=greedy'], /no way to lie called "greedy"\n {2}-> there are equivocate/],
  [['--port', '7480', '--http', '7482'], /port 7482 would serve members and HTTP/],
  [['--port', '65534'], /--port 65534 leaves no room for 4 ports/],
])('refuses %j and leaves nothing behind', async (args, message) => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('quorumcast-dev-'));
  const { code, stderr } = await spawned(['dev', '--port', '24800', '--http', '24900', ...args]);
  expect(stderr).toMatch(message);
  expect(code).toBe(64);
  const after = readdirSync(tmpdir()).filter((name) => name.startsWith('quorumcast-dev-'));
  expect(after.filter((name) => !before.includes(name))).toEqual([]);
});
