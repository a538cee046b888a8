import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCard, loadIdentity } from '../../src/node/index.ts';
import { jsonLines, quorumcast, temporaryFolder } from './harness.ts';

const dir = temporaryFolder();

test('makes a secret key and a public card that belong together', async () => {
  const args = ['keygen', 'acme', '-a', 'Acme.example:7400', '-a', '10.0.0.1:7400', '--out', 'keys'];
  const { code, stdout, stderr } = await quorumcast(args, { cwd: dir });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /acme\.key {2}secret, mode 0600: keep it.*\n.*acme\.card\.json {2}public: send this one/,
  );
  expect(stderr).toContain('quorumcast cluster init');
  const keyFile = join(dir, 'keys', 'acme.key');
  const card = await loadCard(join(dir, 'keys', 'acme.card.json'));
  const identity = await loadIdentity(keyFile);
  expect(card.publicKey).toBe(Buffer.from(identity.publicKey).toString('hex'));
  expect(card.addresses).toEqual(['acme.example:7400', '10.0.0.1:7400']);
  if (process.platform !== 'win32') expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(stdout + stderr).not.toContain(JSON.parse(readFileSync(keyFile, 'utf8')).secretKey);
});

test('with --json it says what it made', async () => {
  const { stdout, stderr } = await quorumcast(['keygen', 'globex', '-a', 'g:1', '--json'], { cwd: dir });
  expect(stderr).toBe('');
  expect(jsonLines(stdout)).toEqual([
    {
      event: 'created',
      name: 'globex',
      key: expect.stringMatching(/globex\.key$/),
      card: expect.stringMatching(/globex\.card\.json$/),
      publicKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      addresses: ['g:1'],
    },
  ]);
});

test('never overwrites, neither the key nor the card', async () => {
  const own = temporaryFolder();
  writeFileSync(join(own, 'acme.card.json'), 'precious');
  const { code, stderr } = await quorumcast(['keygen', 'acme', '-a', 'a:1'], { cwd: own });
  expect(code).toBe(78);
  expect(stderr).toMatch(
    /^ERR_IDENTITY {2}.*acme\.card\.json exists and is never overwritten\n {2}-> a lost key/,
  );
  expect(readFileSync(join(own, 'acme.card.json'), 'utf8')).toBe('precious');
  expect(() => statSync(join(own, 'acme.key'))).toThrow();
});

test.each([
  ['a bad name', ['keygen', 'Acme Inc', '-a', 'a:1'], 78, /"Acme Inc" is not a name/],
  [
    'an address without port',
    ['keygen', 'acme', '-a', 'acme.example'],
    64,
    /is no address that others can reach/,
  ],
  ['port 0', ['keygen', 'acme', '-a', 'acme.example:0'], 64, /is no address that others can reach/],
  ['a folder that cannot be', ['keygen', 'acme', '-a', 'a:1', '-o', '/dev/null/x'], 78, /cannot be made/],
])('refuses %s', async (_what, args, exit, message) => {
  const { code, stderr } = await quorumcast(args, { cwd: temporaryFolder() });
  expect(stderr).toMatch(message);
  expect(stderr).toContain('\n');
  expect(code).toBe(exit);
});
