import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { QuorumcastNode } from '../../src/node/api.ts';
import { ROUTES } from '../../src/node/http/routes/index.ts';
import { four } from './four.ts';
import { ask, openEvents, type Reply, serve, until } from './harness.ts';

const document = await readFile(new URL('../../docs/http.md', import.meta.url), 'utf8');

/** One `curl` of the document and what it is said to print. */
interface Example {
  readonly command: string;
  readonly output: string;
  /** Members to stop first. */
  readonly stop: readonly string[];
}

function examples(): Example[] {
  return [...document.matchAll(/^```console(?: stop=(\S+))?\n([\s\S]*?)^```$/gm)].flatMap(
    ([, stop, block = '']) =>
      block
        .split(/^\$ /m)
        .slice(1)
        .map((text, index) => {
          const [command = '', ...output] = text.trimEnd().split('\n');
          return {
            command,
            output: output.join('\n'),
            stop: index === 0 && stop !== undefined ? stop.split(',') : [],
          };
        }),
  );
}

interface Curl {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly flags: string;
  /** What comes after the bar. */
  readonly filter: readonly string[];
}

/** A command line of the few forms that the document uses. */
function parseCurl(command: string): Curl {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const bar = words.indexOf('|');
  const filter = bar === -1 ? [] : words.slice(bar + 1);
  const [curl, ...rest] = bar === -1 ? words : words.slice(0, bar);
  expect(curl).toBe('curl');
  const headers: Record<string, string> = {};
  let method: string | undefined;
  let path = '';
  let flags = '';
  let body: string | undefined;
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    if (word === '-H') {
      const [name = '', value = ''] = (rest.shift() ?? '').split(': ');
      headers[name] = value;
    } else if (word === '-d') body = rest.shift() ?? '';
    else if (word === '-X') method = rest.shift();
    else if (word.startsWith('-')) flags = `${flags}${word.slice(1)}`;
    else path = word.replace('localhost:7480', '');
  }
  return {
    path,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    flags,
    filter,
    ...(body === undefined ? {} : { body }),
  };
}

/** What differs from run to run; the digest of an instance and of the cluster cover keys made anew. */
const VOLATILE =
  /^(uptimeMs|sinceMs|rttMs|address|sentBytes|receivedBytes|queuedBytes|position|syncMs|for_s|explain|bases|have|waitingFor|reason|reconnects|quietMs)$/;

/** A value as far as it is the same in every run. `inside`: the key that it stands under. */
function stable(value: unknown, inside = ''): unknown {
  if (VOLATILE.test(inside)) return typeof value;
  if (Array.isArray(value)) return value.map((item) => stable(item, `${inside}[]`));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const ofKeys = key === 'digest' && (inside === 'cluster' || inside === 'values[]' || 'quorum' in value);
      return [key, ofKeys ? typeof item : stable(item, key)];
    }),
  );
}

const parsed = (text: string): unknown[] => {
  try {
    return [stable(JSON.parse(text))];
  } catch {
    return text
      .trim()
      .split('\n')
      .map((line) => (/^[{["]/.test(line) ? stable(JSON.parse(line)) : line));
  }
};

/** What `jq` prints for a path such as `.routes[]`, or `grep` for a word. */
function filtered(text: string, [program, ...words]: readonly string[]): string {
  if (program === undefined) return text;
  if (program === 'grep')
    return text
      .split('\n')
      .filter((line) => line.includes(words[0] ?? ''))
      .join('\n');
  expect(program).toBe('jq');
  const path = words.find((word) => word.startsWith('.')) ?? '.';
  const steps = path.split('.').filter((step) => step !== '');
  const values = text.trim().startsWith('{') ? text.trim().split(/\n(?=\{)/) : [];
  return values
    .flatMap((value) => {
      let found: unknown[] = [JSON.parse(value)];
      for (const step of steps) {
        found = found.flatMap((item) => {
          const inner = (item as Record<string, unknown>)[step.replace('[]', '')];
          return step.endsWith('[]') ? (inner as unknown[]) : [inner];
        });
      }
      return found.map((item) => JSON.stringify(item));
    })
    .join('\n');
}

function expectReply(reply: Reply, example: Example, { flags, filter }: Curl): void {
  let expected = example.output;
  if (flags.includes('i')) {
    const [head = '', ...rest] = expected.split('\n\n');
    const [status, ...headers] = head.split('\n');
    expect(status).toContain(`HTTP/1.1 ${reply.status} `);
    for (const header of headers) {
      const [name = '', value] = header.split(': ');
      expect(reply.headers[name]).toBe(value);
    }
    expected = rest.join('\n\n');
  }
  expect(parsed(filtered(reply.text, filter)), example.command).toEqual(parsed(expected));
}

async function expectEvents(
  port: number,
  example: Example,
  curl: Curl,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const events = await openEvents(port, curl.path, curl.headers);
  const stopped = meanwhile();
  const blocks = example.output.split('\n\n').filter((block) => block.includes('data: '));
  for (const block of blocks) {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const event = await events.next();
    expect({ ...event, data: stable(event?.data) }).toEqual({
      event: field('event'),
      id: field('id'),
      data: stable(JSON.parse(field('data') ?? '')),
    });
  }
  const opening = example.output.slice(0, example.output.indexOf('event:'));
  expect(events.raw().startsWith(opening)).toBe(true);
  events.close();
  await stopped;
}

describe('docs/http.md', () => {
  test('prints what curl prints', async () => {
    const nodes = await four();
    // The first round trip is known a moment after a link is up.
    await until(() => nodes.every((node) => node.peers().every(({ rttMs }) => rttMs !== undefined)));
    const [p0, ...others] = nodes;
    if (p0 === undefined) throw new Error('no members');
    const agreed = 'release 7 goes out';
    await Promise.all(others.map((node) => node.agree(agreed, 1)));
    await until(() => p0.agreement(agreed)?.state === 'settled');
    const { port } = await serve(p0, { limits: { payloadBytes: 1_048_576 } });
    const stop = async (names: readonly string[]): Promise<void> => {
      const found = names.map((name) => nodes.find((node) => node.name === name));
      await Promise.all(found.map((node: QuorumcastNode | undefined) => node?.close()));
      await until(() => names.every((name) => p0.status().peers.missing.includes(name)));
    };
    const all = examples();
    expect(all.length).toBeGreaterThan(25);
    for (const example of all) {
      const curl = parseCurl(example.command);
      if (curl.flags.includes('N')) {
        await expectEvents(port, example, curl, () => stop(example.stop));
        continue;
      }
      await stop(example.stop);
      expectReply(await ask(port, curl.path, curl), example, curl);
    }
  });

  test('has a section with an example for every route', () => {
    const sections = [...document.matchAll(/^### (GET|POST) (\S+)$/gm)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    expect(sections.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    const asked = examples().map(({ command }) => {
      const { method, path } = parseCurl(command);
      return `${method} ${path.replace(/\?.*$/, '')}`;
    });
    for (const { method, path } of ROUTES) {
      const pattern = new RegExp(`^${method} ${path.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`);
      expect(
        asked.some((one) => pattern.test(one)),
        `${method} ${path}`,
      ).toBe(true);
    }
  });
});
