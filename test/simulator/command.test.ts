import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'quorumcast-sim-'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function sim(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const exit = await runCli(['sim', ...args], { stdout, stderr, env: {}, cwd });
  return { exit, out: stdout.text, err: stderr.text };
}

test('a run that holds ends with 0, and its trace can be replayed and checked', async () => {
  const { exit, out } = await sim('run', '--scenario', 'crashes', '-m', '4', '--trace', 'calm.jsonl');
  expect(out).toMatch(/^seed 1: n=4, f=1, /);
  expect(exit).toBe(0);
  expect(await sim('replay', 'calm.jsonl')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('the same run'),
  });
  expect(await sim('check', 'calm.jsonl')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('agreement'),
  });
});

test('a mutant is caught, told, and its short run replays', async () => {
  const shrunk = await sim('shrink', '--scenario', 'echo-only', '--trace', 'short.jsonl');
  expect(shrunk.exit).toBe(1);
  expect(shrunk.out).toContain('p3 is faulty.');
  expect(shrunk.out).toContain('totality is violated: ');
  expect((await sim('replay', 'short.jsonl')).exit).toBe(0);
  const checked = await sim('check', 'short.jsonl');
  expect(checked.exit).toBe(1);
  expect(checked.out).toMatch(/totality +violated/);
});

test('a sweep that finds something gives the command to see it again', async () => {
  const { exit, out } = await sim('sweep', '--scenario', 'two-liars-of-four', '--seeds', '1..20', '-j', '1');
  expect(exit).toBe(1);
  expect(out).toContain('again: quorumcast sim run --scenario two-liars-of-four --seed 1');
});

test('a sweep that finds nothing ends with 0 and says how much it did', async () => {
  const { exit, out } = await sim('--json', 'sweep', '--scenario', 'calm', '--seeds', '1..60', '-j', '1');
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    event: 'sweep',
    runs: 60,
    failed: 0,
    failures: [],
    interrupted: false,
  });
});

test('everything that can be named is listed', async () => {
  const { exit, out } = await sim('list');
  expect(exit).toBe(0);
  for (const name of ['mixed', 'five-sized-as-four', 'amnesia-twins', 'starve-member', 'echo-2f-plus-1']) {
    expect(out).toContain(`  ${name}`);
  }
});

test.each([
  [['run', '--scenario', 'none-such'], 'there is no scenario called "none-such"'],
  [['run', '--adversary', 'none-such'], 'there is no strategy called "none-such"'],
  [['run', '--mutant', 'none-such'], 'there is no mutant called "none-such"'],
  [['run', '--schedule', 'none-such'], 'there is no schedule called "none-such"'],
  [['run', '--chaos', 'rain'], '--chaos rain: there is no "rain"'],
  [['sweep', '--seeds', '9..1'], '"9..1" names no seeds'],
])('a command line that makes no sense is refused: %j', async (args, message) => {
  const { exit, err } = await sim(...args);
  expect(exit).toBe(64);
  expect(err).toContain(message);
});

test.each(['check', 'replay'])('%s: a file that is no trace is refused with its line', async (command) => {
  const whole = '{"v":1,"source":"node","cluster":"aa","node":0,"n":4,"f":1,"window":8,"bytesMax":9}';
  const files = {
    'empty.jsonl': ['', 'empty.jsonl:1: '],
    'binary.jsonl': ['\0\0\n', 'binary.jsonl:1: the first line is no JSON object'],
    'damaged.jsonl': [
      `${whole}\n{"e":"tick","t":1,"node":0}\n{"e":"ti\n`,
      'damaged.jsonl:3: not a JSON object',
    ],
  } as const;
  for (const [name, [text, message]] of Object.entries(files)) {
    writeFileSync(join(cwd, name), text);
    const { exit, err } = await sim(command, name);
    expect([exit, err], name).toEqual([78, expect.stringContaining(message)]);
  }
  for (const [name, why] of [
    ['missing.jsonl', 'no such file'],
    ['.', 'it is a folder'],
  ] as const) {
    const { exit, err } = await sim(command, name);
    expect([exit, err], name).toEqual([78, expect.stringContaining(`${name} cannot be read: ${why}`)]);
  }
});

test('a trace of any length is judged, with no more of it in memory than a part', async () => {
  const header = { v: 1, source: 'node', cluster: 'aa', node: 0, n: 4, f: 1, window: 8, bytesMax: 99 };
  const lines = [JSON.stringify(header)];
  for (let instance = 1; instance <= 20_000; instance += 1) {
    const about = { t: instance, node: 0, sender: 1, instance, digest: 'ab'.repeat(32) };
    lines.push(JSON.stringify({ e: 'submit', t: instance, node: 0, seq: instance, text: 'ü'.repeat(20) }));
    lines.push(JSON.stringify({ e: 'deliver', ...about, firstSeq: instance, count: 1 }));
  }
  // The last one once more.
  lines.push(lines.at(-1) ?? '');
  writeFileSync(join(cwd, 'long.jsonl'), `${lines.join('\n')}\n`);
  const { exit, out } = await sim('check', 'long.jsonl');
  expect(out).toMatch(/^integrity +violated +p0 delivered instance 20000 of p1 twice/m);
  // What p1 said is in a record of its own, which is not here.
  expect(out).toMatch(/^totality +undecided +instance 1 of p1 was delivered by p0 and not by p1, p2, p3/m);
  expect(out).toMatch(/^agreement +holds/m);
  expect(exit).toBe(1);
  const { err } = await sim('check', 'long.jsonl', '--faulty', '1,x');
  expect(err).toContain('"x" is no member');
});

test('an exploration that sees everything ends with 0', async () => {
  const { exit, out } = await sim('explore', '-m', '4', '-f', '0', '--sender', 'correct');
  expect(out).toContain('all of them: agreement, validity, totality, integrity and say-once hold');
  expect(out).toMatch(/^1485 states, 10719 steps between them, at most 12 deep/);
  expect(exit).toBe(0);
});

test('an exploration tells a shortest way to what a wrong threshold breaks', async () => {
  const { exit, out } = await sim('explore', '--rules', 'amplify=1', '--json');
  expect(exit).toBe(1);
  const { violations, complete } = JSON.parse(out);
  expect(complete).toBe(false);
  expect(violations).toEqual([{ property: 'agreement', path: expect.any(Array) }]);
  expect(violations[0].path.at(-1)).toMatch(/^In the end p0 delivered /);
});

test('an exploration of a mutant finds what its seeds find', async () => {
  const { exit, out } = await sim('explore', '--form', 'classic', '--mutant', 'deliver-minus-1');
  expect(out).toContain('totality is violated:');
  expect(exit).toBe(1);
});

test('an exploration of shards finds that some of them are believed', async () => {
  const words = ['explore', '--coded', '--values', '1', '--mutant'];
  const { exit, out } = await sim(...words, 'no-re-encode');
  expect(out).toContain('integrity is violated:');
  expect(out).toContain('p1 hears SHARD a of p0.');
  expect(exit).toBe(1);
});

test('an exploration that is stopped says that it has not seen everything', async () => {
  const { exit, out } = await sim('explore', '--states-max', '1000');
  expect(out).toContain('nothing violated so far');
  expect(exit).toBe(2);
});

test.each([
  [['--rules', 'echo=0'], '"echo=0" is no threshold'],
  [['--rules', 'quorum=3'], '"quorum=3" is no threshold'],
  [['-m', '4', '-f', '4'], '4 liars among 4 members'],
  [['--mutant', 'nobody'], 'nobody'],
])('an exploration refuses %j', async (args, message) => {
  const { exit, err } = await sim('explore', ...args);
  expect(err).toContain(message);
  expect(exit).toBe(64);
});
