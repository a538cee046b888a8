import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, quorumcast, type Result, temporaryFolder } from './harness.ts';

const dir = temporaryFolder();
const NAMES = ['acme', 'globex', 'initech', 'umbrella'];
const CARDS = NAMES.map((name) => `${name}.card.json`);

const run = (...args: string[]): Promise<Result> => quorumcast(args, { cwd: dir });
const text = (name: string): string => readFileSync(join(dir, name), 'utf8');

beforeAll(async () => {
  await Promise.all(
    [...NAMES, 'outsider'].map((name, index) => run('keygen', name, '-a', `${name}.example:${7400 + index}`)),
  );
  await run('cluster', 'init', '--name', 'settle', ...CARDS, '--out', 'cluster.json');
});

describe('cluster init', () => {
  test('writes the definition to stdout and what it means to stderr', async () => {
    const { code, stdout, stderr } = await run('cluster', 'init', '-n', 'settle', ...CARDS);
    expect(code).toBe(0);
    expect(stdout).toBe(text('cluster.json'));
    expect(stderr).toContain('4 members, tolerates 1 Byzantine member');
    expect(stderr).toMatch(/digest [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\n/);
    expect(stderr).toContain('READY at 2 ECHO = ceil((n+f-1)/2) = ceil((4+1-1)/2)');
    expect(stderr).toContain('deliver at 3 READY = 2f+1');
    for (const name of NAMES) expect(stderr).toContain(`${name}.example:74`);
  });

  test('the order of the cards does not matter', async () => {
    const { stdout } = await run('cluster', 'init', '-n', 'settle', ...CARDS.toReversed());
    expect(stdout).toBe(text('cluster.json'));
  });

  test('with --json it is one line, and still a definition', async () => {
    const { stdout, stderr } = await run('cluster', 'init', '-n', 'settle', ...CARDS, '--json');
    expect(stderr).toBe('');
    expect(jsonLines(stdout)).toEqual([JSON.parse(text('cluster.json'))]);
  });

  test('takes sizes and the 1987 form', async () => {
    const args = ['--broadcast', 'classic', '--payload-bytes', '2MiB', '--window', '64', '--epoch', '7'];
    const { stdout, stderr } = await run('cluster', 'init', '-n', 'settle', ...CARDS, ...args);
    expect(JSON.parse(stdout)).toMatchObject({
      epoch: 7,
      broadcast: 'classic',
      limits: { payloadBytes: 2_097_152, window: 64 },
    });
    expect(stderr).toContain('READY at 3 ECHO = floor((n+f)/2)+1 = floor((4+1)/2)+1');
  });

  test('three members are warned that none may fail', async () => {
    const { code, stderr } = await run('cluster', 'init', '-n', 'small', ...CARDS.slice(1));
    expect(code).toBe(0);
    expect(stderr).toContain('tolerates no Byzantine member');
    expect(stderr).toContain('warning  with fewer than 4 members');
  });

  test('never overwrites', async () => {
    const { code, stderr } = await run('cluster', 'init', '-n', 'settle', ...CARDS, '--out', 'cluster.json');
    expect(code).toBe(64);
    expect(stderr).toMatch(/cluster\.json exists/);
  });

  test('refuses an impossible f, with the arithmetic', async () => {
    const { code, stderr } = await run('cluster', 'init', '-n', 'settle', '-f', '2', ...CARDS);
    expect(code).toBe(78);
    expect(stderr).toMatch(/^ERR_CLUSTER_INVALID {2}n=4, f=2 is impossible: n >= 3f\+1 = 7/);
  });

  test('refuses the same card twice', async () => {
    const { code, stderr } = await run('cluster', 'init', '-n', 'settle', ...CARDS, 'acme.card.json');
    expect(code).toBe(78);
    expect(stderr).toContain('two cards have the same name: "acme" and "acme"');
  });

  test('tells of all bad cards at once', async () => {
    writeFileSync(
      join(dir, 'edited.card.json'),
      text('acme.card.json').replace('acme.example', 'evil.example'),
    );
    writeFileSync(join(dir, 'broken.card.json'), '{');
    const cards = ['edited.card.json', 'broken.card.json', 'absent.card.json', 'globex.card.json'];
    const { code, stderr } = await run('cluster', 'init', '-n', 'settle', ...cards);
    expect(code).toBe(78);
    expect(stderr).toContain('edited.card.json: the signature of card "acme" is not valid');
    expect(stderr).toMatch(/broken\.card\.json:1:2 not valid JSON/);
    expect(stderr).toContain('absent.card.json cannot be read: ');
  });

  test('a key is no card', async () => {
    const { code, stderr } = await run('cluster', 'init', '-n', 'settle', 'acme.key', ...CARDS.slice(1));
    expect(code).toBe(78);
    expect(stderr).toContain('"quorumcast" must be "card": this is another kind of file');
    expect(stderr).not.toContain(JSON.parse(text('acme.key')).secretKey);
  });
});

describe('cluster sign, merge and verify', () => {
  test('signatures made apart come together', async () => {
    for (const name of NAMES) writeFileSync(join(dir, `${name}.json`), text('cluster.json'));
    const signed = await Promise.all(
      NAMES.map((name) => run('cluster', 'sign', `${name}.json`, '--key', `${name}.key`)),
    );
    for (const [index, { code, stdout, stderr }] of signed.entries()) {
      const name = NAMES[index] ?? '';
      const missing = NAMES.filter((other) => other !== name).join(', ');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^${name} signed {2}digest .* signed 1/4, missing: ${missing}\n$`));
      // What is being signed is shown before it is signed.
      expect(stderr).toContain('cluster settle  epoch 1  digest ');
      for (const member of NAMES) expect(stderr).toContain(`${member}.example`);
    }
    const merged = await run('cluster', 'merge', ...NAMES.map((name) => `${name}.json`), '-o', 'merged.json');
    expect(merged.code).toBe(0);
    expect(merged.stderr).toMatch(/signed 4\/4\n$/);
    const verified = await run('cluster', 'verify', 'merged.json');
    expect(verified.stdout).toMatch(/^ok {2}cluster settle .* signed 4\/4\n$/);
    expect(verified.code).toBe(0);
  });

  test('signing twice changes nothing', async () => {
    const before = text('acme.json');
    const { code, stdout } = await run('cluster', 'sign', 'acme.json', '-k', 'acme.key', '--json');
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([{ event: 'already-signed', member: 'acme', signed: ['acme'] }]);
    expect(text('acme.json')).toBe(before);
  });

  test('--digest guards against another file than the one agreed upon', async () => {
    const [{ shortDigest, digest }] = jsonLines((await run('cluster', 'show', '--json')).stdout) as [
      { shortDigest: string; digest: string },
    ];
    for (const good of [shortDigest, shortDigest.toLowerCase(), shortDigest.replaceAll('-', ''), digest]) {
      const { code } = await run('cluster', 'sign', '-k', 'acme.key', '--digest', good, '-o', 'guarded.json');
      expect(code).toBe(0);
    }
    const before = text('cluster.json');
    const { code, stderr } = await run('cluster', 'sign', '-k', 'acme.key', '--digest', 'AAAA-BBBB-CCCC');
    expect(code).toBe(78);
    expect(stderr).toContain(`ERR_CLUSTER_MISMATCH  this file has digest ${shortDigest}, not AAAA-BBBB-CCCC`);
    expect(text('cluster.json')).toBe(before);
    expect((await run('cluster', 'verify', '--digest', 'phone')).code).toBe(64);
  });

  test('a stranger cannot sign, nor can a key that others may read', async () => {
    const stranger = await run('cluster', 'sign', '-k', 'outsider.key');
    expect(stranger.code).toBe(78);
    // Not below a screen of members.
    expect(stranger.stderr).toMatch(/^ERR_NOT_A_MEMBER {2}"outsider" is no member of cluster "settle"/);
    if (process.platform === 'win32') return;
    writeFileSync(join(dir, 'open.key'), text('acme.key'), { mode: 0o644 });
    const open = await run('cluster', 'sign', '-k', 'open.key');
    expect(open.code).toBe(78);
    expect(open.stderr).toMatch(
      /open\.key has mode 0644: others may read this secret key\n {2}-> run `chmod 600/,
    );
  });

  test('verify tells missing from invalid', async () => {
    const missing = await run('cluster', 'verify', 'acme.json', '--json');
    expect(missing.code).toBe(2);
    expect(jsonLines(missing.stdout)).toMatchObject([{ verdict: 'incomplete', missing: NAMES.slice(1) }]);
    writeFileSync(join(dir, 'moved.json'), text('acme.json').replace('globex.example', 'evil.example'));
    const invalid = await run('cluster', 'verify', 'moved.json', '--json');
    expect(invalid.code).toBe(1);
    expect(jsonLines(invalid.stdout)).toMatchObject([{ verdict: 'invalid', invalid: ['acme'] }]);
  });

  test('merge leaves out what is not valid and says so', async () => {
    const forged = JSON.parse(text('acme.json'));
    forged.signatures.globex = forged.signatures.acme;
    writeFileSync(join(dir, 'forged.json'), JSON.stringify(forged));
    const { code, stdout, stderr } = await run('cluster', 'merge', 'forged.json', 'initech.json');
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(stdout).signatures)).toEqual(['acme', 'initech']);
    expect(stderr).toContain('forged.json: the signature of globex is not valid and is left out');
  });

  test('merge and diff name member and field where two files differ', async () => {
    const moved = text('acme.json').replace('globex.example', 'evil.example');
    writeFileSync(join(dir, 'moved.json'), moved);
    const merge = await run('cluster', 'merge', 'acme.json', 'moved.json');
    expect(merge.code).toBe(78);
    expect(merge.stderr).toContain(
      'members.globex.addresses differs: globex.example:7401 and evil.example:7401',
    );
    const diff = await run('cluster', 'diff', 'acme.json', 'moved.json', '--json');
    expect(diff.code).toBe(1);
    expect(jsonLines(diff.stdout)).toMatchObject([
      { same: false, differences: [expect.stringMatching(/^members\.globex\.addresses differs/)] },
    ]);
    expect((await run('cluster', 'diff', 'acme.json', 'globex.json')).code).toBe(0);
  });
});

describe('a definition that cannot be used', () => {
  test.each([
    ['is not there', undefined, /absent\.json cannot be read: /],
    ['is cut off', '{"quorumcast":"cluster"', /:1:24 not valid JSON/],
    ['is another kind of file', '{"quorumcast":"card"}', /must be "cluster": this is another kind of file/],
  ])('%s', async (_what, contents, message) => {
    if (contents !== undefined) writeFileSync(join(dir, 'bad.json'), contents);
    const file = contents === undefined ? 'absent.json' : 'bad.json';
    for (const args of [['show'], ['verify'], ['sign', '-k', 'acme.key'], ['merge']]) {
      const { code, stdout, stderr } = await run('cluster', ...args, file);
      expect(stderr).toMatch(message);
      expect(stderr).toContain('\n  -> ');
      expect(stdout).toBe('');
      expect(code).toBe(78);
    }
  });

  test('an unknown key is named with its place and the key that was meant', async () => {
    writeFileSync(join(dir, 'slip.json'), text('cluster.json').replace('"faulty"', '"fautly"'));
    const { code, stderr } = await run('cluster', 'show', 'slip.json');
    expect(code).toBe(78);
    expect(stderr).toMatch(/slip\.json:6:3 unknown key "fautly"; did you mean "faulty"\?/);
  });
});
