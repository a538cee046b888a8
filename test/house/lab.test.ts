import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

function lab(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/lab.mjs', '--quick', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function agreement(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/lab-agreement.mjs', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'quorumcast-lab-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a part that is not there is refused with those that are', () => {
  const { status, stderr } = lab('--part', 'speed,sleep');
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr:
      'there is no part "sleep": speed, sweep, fuzz, explore, mutants, mmr, bracha87, phases, subset, value, local-value\n',
  });
});

test('results of other code are neither gone on with nor written over', () => {
  const state = join(folder(), 'state.ndjson');
  const other = '{"commit":"other","mode":"quick"}\n{"part":"mutants"';
  writeFileSync(state, other);
  const { status, stderr } = lab('--part', 'mutants', '--state', state);
  expect(status).toBe(2);
  expect(stderr).toContain('holds results of quick other, and this is quick');
  expect(readFileSync(state, 'utf8')).toBe(other);
});

test('what is written down is not done again', () => {
  const state = join(folder(), 'state.ndjson');
  // No unit is left to do but one whose line was cut short: its beginning is passed over.
  const sha = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  const clean =
    spawnSync('git', ['status', '--porcelain', '--untracked-files=no'], { encoding: 'utf8' }).stdout === '';
  const head = JSON.stringify({ commit: clean ? sha : `${sha} with changes`, mode: 'quick' });
  const known = JSON.stringify({
    part: 'mutants',
    unit: 'all',
    ms: 1,
    result: { lost: ['echo-only: holds, not totality'], text: 'from the file' },
  });
  writeFileSync(state, `${head}\n${known}\n{"part":"mut`);
  const { status, stdout } = lab('--part', 'mutants', '--state', state);
  expect(stdout).toContain('from the file');
  expect(stdout).toContain('wrong: echo-only: holds, not totality');
  expect(status).toBe(1);
  expect(readFileSync(state, 'utf8')).toBe(`${head}\n${known}\n`);
});

test('the runs of a campaign of agreement are shared out among the committees, and done once', () => {
  const state = join(folder(), 'state.ndjson');
  const args = [
    '--protocol',
    'bracha87,phases,mmr',
    '--runs',
    '100',
    '--workers',
    '1',
    '--state',
    state,
    '--json',
  ];
  const first = agreement(...args);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  const parts = first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const runs = parts.map(({ part, whole, data: { rows } }) => [
    part,
    whole,
    rows.map((row: string[]) => row[2]),
  ]);
  const each = (count: number, value: string) => Array.from({ length: count }, () => value);
  expect(runs).toEqual([
    ['mmr', true, each(30, '4')],
    ['bracha87', true, ['40', '25', '20', '12', '3']],
    ['phases', true, [...each(5, '18'), ...each(5, '2')]],
  ]);
  const written = readFileSync(state, 'utf8');
  expect(agreement(...args)).toEqual(first);
  expect(readFileSync(state, 'utf8')).toBe(written);
});

test('numbers that are none are refused', () => {
  expect(agreement('--runs', 'many')).toMatchObject({
    status: 2,
    stderr: '--runs many: it must be a number, 5 or more\n',
  });
});
