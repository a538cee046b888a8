import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/own-protocol.mjs', import.meta.url));
const PROTOCOLS = new URL('../../dist/protocols.js', import.meta.url).href;
const TOTALITY = `properties: {
    totality: ({ outputs, correct, ended }) => {
      const without = correct.filter((id) => outputs[id].length === 0);
      const some = ended && without.length > 0 && without.length < correct.length;
      return some ? without.map((id) => 'p' + id).join() + ' delivered nothing' : undefined;
    },`;

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'quorumcast-protocol-'));
  // A folder of its own has no package to import from.
  const example = readFileSync(EXAMPLE, 'utf8').replace("'quorumcast/protocols'", `'${PROTOCOLS}'`);
  writeFileSync(join(cwd, 'total.mjs'), example.replace('properties: {', TOTALITY));
  writeFileSync(
    join(cwd, 'forgetful.mjs'),
    example.replace('this.#echoed = true;\n    }\n    return', '{}\n    }\n    return'),
  );
  writeFileSync(join(cwd, 'broken.mjs'), 'export default {');
  writeFileSync(join(cwd, 'empty.mjs'), 'export const nothing = 1;');
  writeFileSync(join(cwd, 'typed.ts'), 'export default {');
  for (const field of ['name', 'decode', 'properties'])
    writeFileSync(
      join(cwd, `no-${field}.mjs`),
      `import whole from './total.mjs'; const { ${field}: _, ...rest } = whole; export const subject = rest;`,
    );
  writeFileSync(
    join(cwd, 'odd.mjs'),
    "import whole from './total.mjs'; export const subject = { ...whole, properties: { odd: 1 } };",
  );
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

test('the example keeps what it promises', async () => {
  const { exit, out } = await sim('sweep', '--protocol', EXAMPLE, '--seeds', '1..4000');
  expect(out).toMatch(/^4000 runs of echo-broadcast in .*: nothing violated of agreement, validity/);
  expect(exit).toBe(0);
});

test('what it does not promise is found broken, told, and repeated by the command that is given', async () => {
  const { exit, out } = await sim('sweep', '--protocol', 'total.mjs', '--seeds', '1..2000', '-j', '1');
  expect(exit).toBe(1);
  expect(out).toContain('totality is violated: ');
  const again = /again: quorumcast sim (run .*)/.exec(out)?.[1] ?? '';
  const repeated = await sim(...again.split(' '));
  expect(repeated.exit).toBe(1);
  expect(repeated.out).toContain(' outputs ');
  expect(repeated.out).toContain('totality is violated: ');
});

test('a machine that forgets what it said is found', async () => {
  const options = ['--chaos', 'crashes', '-a', 'two-lives', '-m', '4', '--seeds', '1..2000', '--json'];
  const { exit, out } = await sim('sweep', '--protocol', 'forgetful.mjs', ...options);
  expect(exit).toBe(1);
  expect(JSON.parse(out).failures[0].property).toBe('say-once');
});

describe('what makes no sense is said', () => {
  test.each([
    ['nowhere.mjs', 'there is no such file'],
    ['broken.mjs', 'cannot be loaded'],
    ['typed.ts', 'build it to JavaScript first'],
    ['empty.mjs', 'it exports no subject'],
    ['no-name.mjs', 'its subject has no name'],
    ['no-decode.mjs', 'its subject has no function decode'],
    ['no-properties.mjs', 'nothing would be judged'],
    ['odd.mjs', 'its property odd is no function'],
  ])('%s', async (file, message) => {
    const { exit, err } = await sim('run', '--protocol', file);
    expect(err).toContain(message);
    expect(exit).toBe(64);
  });

  test.each([
    [['--mutant', 'echo-only'], 'about whole members'],
    [['-a', 'equivocate-half'], 'with --protocol there are silent'],
    [['-m', '4', '-f', '4'], 'leave nobody to promise anything to'],
    [['--schedule', 'random'], 'there is no schedule'],
    [['--chaos', 'cuts'], 'crashes and none'],
  ])('%j', async (args, message) => {
    const { exit, err } = await sim('sweep', '--protocol', 'total.mjs', ...args);
    expect(err).toContain(message);
    expect(exit).toBe(64);
  });
});
