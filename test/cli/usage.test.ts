import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { WIRE_VERSION } from '../../src/codec/index.ts';
import { jsonLines, quorumcast, spawned, temporaryFolder } from './harness.ts';

const dir = temporaryFolder();

describe('the program itself', () => {
  test('without arguments it prints the three likeliest next commands', async () => {
    const { code, stdout } = await quorumcast([], { cwd: dir });
    expect(code).toBe(0);
    expect(stdout.match(/^ {2}quorumcast (\w+)/gm)?.map((line) => line.trim().split(' ')[1])).toEqual([
      'demo',
      'dev',
      'keygen',
    ]);
  });

  test('in the folder of a member it names what a member does next', async () => {
    const own = temporaryFolder();
    writeFileSync(join(own, 'quorumcast.json'), '{}');
    const { stdout } = await quorumcast(['--json'], { cwd: own });
    const [{ next }] = jsonLines(stdout) as [{ next: { command: string }[] }];
    expect(next.map(({ command }) => command)).toEqual([
      'quorumcast doctor',
      'quorumcast run',
      'quorumcast status',
    ]);
  });

  test('as a process it does the same, exit code included', async () => {
    const [good, bad] = await Promise.all([spawned(['version', '--json']), spawned(['sned'])]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(good.stdout)).toMatchObject([{ wire: WIRE_VERSION }]);
    expect(bad).toMatchObject({ code: 64, stdout: '' });
    expect(bad.stderr).toMatch(/^ERR_USAGE/);
  });

  test('--version and version say the same', async () => {
    const [flag, command] = await Promise.all([quorumcast(['--version']), quorumcast(['version'])]);
    expect(flag.stdout).toMatch(/^quorumcast \d+\.\d+\.\d+ {2}wire \d+ {2}node \d+/);
    expect(command.stdout).toBe(flag.stdout);
    expect(jsonLines((await quorumcast(['version', '--json'])).stdout)).toEqual([
      { version: expect.stringMatching(/^\d+\.\d+\.\d+$/), wire: WIRE_VERSION, node: process.versions.node },
    ]);
  });

  test('docs/cli.md is what the commands say of themselves', () => {
    const script = fileURLToPath(new URL('../../scripts/cli-docs.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('every command describes itself, its arguments and its options', () => {
    const bare: string[] = [];
    const visit = (command: ReturnType<typeof buildProgram>, path: string): void => {
      if (command.description() === '') bare.push(path);
      for (const argument of command.registeredArguments) {
        if (argument.description === '' && path !== 'quorumcast') bare.push(`${path} <${argument.name()}>`);
      }
      for (const option of command.options)
        if (option.description === '') bare.push(`${path} ${option.flags}`);
      for (const child of command.commands) visit(child, `${path} ${child.name()}`);
    };
    visit(
      buildProgram(() => () => Promise.resolve()),
      'quorumcast',
    );
    expect(bare).toEqual([]);
  });
});

describe('a command line that makes no sense', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp, RegExp])[] = [
    ['an unknown command', ['sned'], /unknown command "sned"/, /did you mean `quorumcast send`\?/],
    ['an unknown command far from any', ['frobnicate'], /unknown command "frobnicate"/, /--help/],
    ['help on what is no command', ['help', 'snd'], /unknown command "snd"/, /`quorumcast send`\?/],
    ['an unknown subcommand', ['cluster', 'shwo'], /unknown command "shwo"/, /did you mean `show`\?/],
    ['an unknown option', ['send', '--tiemout', '1s', 'x'], /unknown option "--tiemout"/, /`--timeout`/],
    ['a missing argument', ['trace'], /missing required argument "what"/, /trace --help/],
    ['too many arguments', ['peers', 'p1'], /too many arguments/, /peers --help/],
    ['a missing option', ['keygen', 'acme'], /required option "-a, --address <host:port>"/, /keygen --help/],
    ['a bad choice', ['send', '--wait', 'never', 'x'], /accepted, delivered/, /send --help/],
    ['a duration without unit', ['send', '-t', '10', 'x'], /500ms, 10s, 2m or 1h/, /send --help/],
    ['a number that is none', ['tail', '-n', 'few'], /integer from 1 to/, /tail --help/],
    ['nothing to trace', ['trace', ''], /nothing to trace/, /p1#42/],
    ['an address that is none', ['status', '--http', 'ftp://x'], /"ftp:\/\/x" is no address/, /http:\/\/127/],
    ['addresses without --all', ['status', 'http://127.0.0.1:1'], /addresses go with --all/, /--http/],
    ['text and file', ['send', 'x', '--file', 'y'], /either TEXT or --file/, /^/],
    ['a file that is not there', ['send', '--file', 'no-such-file'], /no such file/, /--file/],
    ['members that cannot be', ['dev', '-m', '3', '-f', '1'], /n >= 3f\+1 = 4/, /--members/],
    ['more members than a machine has', ['dev', '-m', '99'], /integer from 1 to 32/, /dev --help/],
    ['a shell that is none', ['completion', 'csh'], /bash, zsh, fish/, /completion --help/],
  ];

  test.each(cases)('%s', async (_what, args, message, hint) => {
    const { code, stdout, stderr } = await quorumcast(args, { cwd: dir });
    expect(stdout).toBe('');
    const [first = '', second = ''] = stderr.split('\n');
    expect(first).toMatch(/^ERR_USAGE {2}/);
    expect(first).toMatch(message);
    expect(second).toMatch(hint);
    expect(code).toBe(64);
  });

  test('a group without a command shows its help and fails', async () => {
    const { code, stdout, stderr } = await quorumcast(['cluster'], { cwd: dir });
    expect(code).toBe(64);
    expect(stdout + stderr).toMatch(/^Usage: quorumcast cluster/);
  });

  test('with --json, anywhere on the line, the error is one object on stderr', async () => {
    for (const args of [
      ['--json', 'sned'],
      ['sned', '--json'],
      ['keygen', '--json'],
    ]) {
      const { code, stdout, stderr } = await quorumcast(args, { cwd: dir });
      expect(code).toBe(64);
      expect(stdout).toBe('');
      expect(jsonLines(stderr)).toEqual([
        {
          event: 'error',
          code: 'ERR_USAGE',
          message: expect.any(String),
          hint: expect.stringContaining('quorumcast'),
          definite: true,
          retryable: false,
        },
      ]);
    }
  });
});

describe('a node that is not there', () => {
  const commands = [
    ['send', 'x'],
    ['tail'],
    ['status'],
    ['status', '--all'],
    ['peers'],
    ['trace', 'p0#1'],
    ['evidence'],
    ['evidence', 'export'],
    ['drain'],
  ];

  test.each(commands)('%s %s says so', async (...args) => {
    const words = args.filter((word) => word !== undefined);
    // The discard port: nobody listens there, and nobody may without privilege.
    const { code, stdout, stderr } = await quorumcast([...words, '--http', 'http://127.0.0.1:9'], {
      cwd: dir,
    });
    expect(stdout).toBe('');
    expect(stderr).toContain('ERR_UNREACHABLE  no node answers at http://127.0.0.1:9: nothing listens there');
    expect(stderr).toContain('\n  -> ');
    expect(code).toBe(1);
  });

  test('wait waits for it, to its deadline', async () => {
    const { code, stdout } = await quorumcast(['wait', '--http', ':9', '-t', '100ms', '--json'], {
      cwd: dir,
    });
    expect(jsonLines(stdout)).toMatchObject([{ ready: false, margin: -1, missing: [] }]);
    expect(code).toBe(2);
  });
});
