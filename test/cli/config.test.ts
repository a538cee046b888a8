import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, SETTINGS } from '../../src/node/index.ts';
import { jsonLines, quorumcast, temporaryFolder } from './harness.ts';

const dir = temporaryFolder();

function write(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return name;
}

describe('settings', () => {
  test('flags go before variables, those before the file, that before defaults', async () => {
    const file = write(
      'layers.json',
      '{ "listen": "127.0.0.1:1", "http": { "listen": "127.0.0.1:2" }, "log": { "level": "debug" } }',
    );
    const env = { QUORUMCAST_HTTP_LISTEN: '127.0.0.1:3', QUORUMCAST_LISTEN: '127.0.0.1:4' };
    const { config, settings } = await loadConfig({ cwd: dir, env, file, flags: { listen: '127.0.0.1:5' } });
    expect(config).toMatchObject({
      listen: '127.0.0.1:5',
      http: { listen: '127.0.0.1:3' },
      log: { level: 'debug', format: 'auto' },
    });
    const origins = Object.fromEntries(settings.map(({ setting, origin }) => [setting.key, origin]));
    expect(origins).toMatchObject({
      listen: '--listen',
      'http.listen': 'QUORUMCAST_HTTP_LISTEN',
      'log.level': join(dir, 'layers.json'),
      'log.format': 'default',
    });
  });

  test('relative paths are taken from where they were said', async () => {
    mkdirSync(join(dir, 'etc'));
    const file = write('etc/q.json', '{ "cluster": "c.json", "dataDir": "/var/x" }');
    const { config } = await loadConfig({
      cwd: dir,
      env: { QUORUMCAST_TOKEN_FILE: 'token' },
      file,
      flags: { identity: 'acme.key' },
    });
    expect(config.cluster).toBe(join(dir, 'etc', 'c.json'));
    expect(config.dataDir).toBe('/var/x');
    expect(config.identity).toBe(join(dir, 'acme.key'));
    expect(config.http.tokenFile).toBe(join(dir, 'token'));
  });

  test('what may be switched off can be', async () => {
    const sources = { cwd: temporaryFolder(), flags: { dataDir: false as const } };
    const { config } = await loadConfig({ ...sources, env: { QUORUMCAST_HTTP_LISTEN: 'off' } });
    expect(config.dataDir).toBe(false);
    expect(config.http.listen).toBe(false);
  });

  test('numbers and lists can be said in variables', async () => {
    const env = { QUORUMCAST_PENDING_BYTES: '4096', QUORUMCAST_ALLOWED_HOSTS: 'a.example,b.example' };
    const { config } = await loadConfig({ cwd: temporaryFolder(), env, flags: {} });
    expect(config.limits.pendingBytes).toBe(4_096);
    expect(config.http.allowedHosts).toEqual(['a.example', 'b.example']);
  });

  test('everything that is wrong is told at once, with its place', async () => {
    const file = write(
      'wrong.json',
      [
        '{',
        '  // settings of acme',
        '  "cluster": "c.json",',
        '  "limit": { "pendingBytes": 1 },',
        '  "dataDir": 5,',
        '  "http": { "listen": "nowhere", "tokenfile": "t" },',
        '  "limits": { "pendingBytes": 1.5, "backlogMessages": "many" },',
        '  "log": { "level": "loud" },',
        '}',
      ].join('\n'),
    );
    const env = { QUORUMCAST_LISTEN: 'x', QUORUMCAST_LOG_FORMAT: 'xml', QUORUMCAST_PENDING_BYTES: 'lots' };
    const error: unknown = await loadConfig({ cwd: dir, env, file, flags: { 'http.listen': 'y' } }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'ERR_CONFIG', hint: expect.stringContaining('config schema') });
    const message = error instanceof Error ? error.message : '';
    expect(message.split('\n')).toEqual([
      'wrong.json:4:3 unknown key "limit"; did you mean "limits"?',
      'wrong.json:5:14 "dataDir" must be false or string, not 5',
      'wrong.json:6:23 "listen" must be HOST:PORT, for example 127.0.0.1:7480; port 0 takes a free one',
      'wrong.json:6:34 unknown key "tokenfile"; did you mean "tokenFile"?',
      'wrong.json:7:31 "pendingBytes" must be an integer from 1 to 4294967296',
      'wrong.json:7:55 "backlogMessages" must be a number, not "many"',
      expect.stringMatching(/^wrong\.json:8:21 "level" must be .*"debug".*, not "loud"$/),
      'QUORUMCAST_LISTEN must be HOST:PORT, for example 127.0.0.1:7480; port 0 takes a free one',
      '--http must be HOST:PORT, for example 127.0.0.1:7480; port 0 takes a free one',
      'QUORUMCAST_PENDING_BYTES must be a number, not "lots"',
      'QUORUMCAST_LOG_FORMAT must be auto, json, pretty, not "xml"',
    ]);
  });

  test('variables that nearly are settings are told; others with the prefix are nobody’s slip', async () => {
    const env = { QUORUMCAST_LISTE: 'x', QUORUMCAST_SERVICE_HOST: '10.0.0.1', QUORUMCAST_PORT: 'tcp://x' };
    const { warnings } = await loadConfig({ cwd: temporaryFolder(), env, flags: {} });
    expect(warnings).toEqual(['QUORUMCAST_LISTE is no setting; did you mean QUORUMCAST_LISTEN?']);
  });

  test('docs/cli.md names every setting with its variable and flag', () => {
    const docs = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    for (const { key, env, flag, default: fallback } of SETTINGS) {
      const row = docs.split('\n').find((line) => line.startsWith(`| \`${key}\``)) ?? '';
      expect(row, key).toContain(`\`${env}\``);
      if (fallback !== undefined) expect(row, key).toContain(String(fallback));
      if (flag !== undefined) expect(row, key).toContain(`\`${flag}\``);
    }
  });
});

describe('config check', () => {
  const own = temporaryFolder();

  beforeAll(async () => {
    const run = (...args: string[]) => quorumcast(args, { cwd: own });
    await run('keygen', 'acme', '-a', 'a:1');
    await run('keygen', 'globex', '-a', 'g:1');
    await run('cluster', 'init', '-n', 'solo', 'acme.card.json', '-o', 'cluster.json');
    await run('cluster', 'init', '-n', 'pair', 'acme.card.json', 'globex.card.json', '-o', 'unsigned.json');
    await run('cluster', 'sign', '-k', 'acme.key');
    writeFileSync(join(own, 'good.json'), '{ "identity": "acme.key" }');
    writeFileSync(
      join(own, 'bad.json'),
      '{ "cluster": "unsigned.json", "identity": "absent.key", "http": { "listen": "0.0.0.0:7480" } }',
    );
  });

  test('is content with what would run', async () => {
    const { code, stdout } = await quorumcast(['config', 'check', 'good.json'], { cwd: own });
    expect(stdout).toBe(`ok  ${join(own, 'good.json')}\n`);
    expect(code).toBe(0);
    const json = await quorumcast(['config', 'check', 'good.json', '--json'], { cwd: own });
    expect(jsonLines(json.stdout)).toEqual([{ ok: true, file: join(own, 'good.json'), warnings: [] }]);
  });

  test('follows the files that the settings name, and tells all that is wrong', async () => {
    const { code, stderr } = await quorumcast(['config', 'check', 'bad.json'], { cwd: own });
    expect(stderr).toMatch(/^ERR_CONFIG {2}.*absent\.key cannot be read/);
    expect(stderr).toContain('cluster "pair" is signed 0/2; missing: acme, globex');
    expect(stderr).toContain('http.listen 0.0.0.0:7480 can be reached by others and needs http.tokenFile');
    expect(stderr.match(/^ {2}-> /gm)).toHaveLength(3);
    expect(code).toBe(78);
  });

  test('a file that is not there is an error, unless nobody named it', async () => {
    const named = await quorumcast(['config', 'check', 'absent.json'], { cwd: own });
    expect(named.stderr).toContain('absent.json cannot be read: no such file');
    expect(named.code).toBe(78);
    const unnamed = await quorumcast(['config', 'check'], {
      cwd: own,
      env: { QUORUMCAST_IDENTITY: 'acme.key' },
    });
    expect(unnamed.stdout).toBe('ok  no config file\n');
  });
});

describe('config print and schema', () => {
  test('print tells each setting and where it comes from, and opens no secrets', async () => {
    const own = temporaryFolder();
    writeFileSync(join(own, 'quorumcast.json'), '{ "identity": "absent.key" }');
    const start = { cwd: own, env: { QUORUMCAST_LOG_LEVEL: 'warn' } };
    const { stdout } = await quorumcast(['config', 'print'], start);
    expect(stdout).toMatch(/^identity .*absent\.key +file$/m);
    expect(stdout).toMatch(/^log\.level +warn +QUORUMCAST_LOG_LEVEL$/m);
    expect(stdout).toMatch(/^http\.listen +127\.0\.0\.1:7480 +default$/m);
    expect(stdout).toMatch(/^limits\.backlogMessages +65536 +default$/m);
    const json = jsonLines((await quorumcast(['config', 'print', '--json'], start)).stdout);
    expect(json.map(({ key }) => key)).toEqual(SETTINGS.map(({ key }) => key));
  });

  test('schema knows every key and refuses others', async () => {
    const schema = JSON.parse((await quorumcast(['config', 'schema'], { cwd: dir })).stdout);
    expect(schema.additionalProperties).toBe(false);
    for (const { key } of SETTINGS) {
      const path = key.split('.').flatMap((step) => ['properties', step]);
      expect(schema, key).toHaveProperty(path);
    }
  });
});
