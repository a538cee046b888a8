import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterwards, ask, openEvents, stand, until } from './harness.ts';

/** Everything that the server says to these bytes, until it or the client ends. */
function say(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      said += String(chunk);
    });
    socket.on('error', () => undefined).on('close', () => resolve(said));
    socket.end(bytes);
  });
}

const word = fc.constantFrom(
  ...[
    'GET',
    'POST',
    'HEAD',
    'OPTIONS',
    'TRACE',
    '/',
    '/v1/',
    'status',
    'broadcasts',
    'deliveries',
    'trace/p0/1',
    '?',
  ],
  ...[
    'wait=',
    'delivered',
    'from=',
    'start',
    'd1',
    '&',
    '=',
    '%00',
    '%2e%2e',
    '..',
    '__proto__',
    'consumer=',
    'limit=',
  ],
  ...[
    '\r\n',
    '\r\n\r\n',
    ' HTTP/1.1',
    'Host: localhost',
    'Host: evil',
    'Content-Length: ',
    'Transfer-Encoding: chunked',
  ],
  ...[
    'Content-Type: application/json',
    'Idempotency-Key: ',
    'Origin: null',
    'Expect: 100-continue',
    'Connection: close',
  ],
  ...[
    'Upgrade: websocket\r\nConnection: Upgrade',
    'Range: bytes=0-',
    '{"text":',
    '{"__proto__":',
    '[[[[',
    '"',
    '}',
    '0',
    '5',
  ],
  ...['\u0000', '\u00ff', 'ä', '\t', ':', ' ', ',', '-1', '99999999999999999999', 'HTTP/0.9', '\n'],
);

/** A request that is nearly right: its pieces in order, with others in between. */
const request = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'),
    fc.array(word, { maxLength: 4 }),
    fc.constantFrom(
      '/',
      '/v1/status',
      '/v1/broadcasts',
      '/v1/deliveries',
      '/v1/trace/p0/1',
      '/v1/drain?timeout=1ms',
      '/v1/x',
    ),
    fc.array(word, { maxLength: 6 }),
    fc.array(word, { maxLength: 6 }),
  )
  .map(([method, target, path, headers, body]) => {
    return `${method} ${path}${target.join('')} HTTP/1.1\r\nHost: localhost\r\n${headers.join('\r\n')}\r\n\r\n${body.join('')}`;
  });

const input = fc.oneof(
  { weight: 3, arbitrary: request.map((text) => Buffer.from(text, 'latin1')) },
  {
    weight: 2,
    arbitrary: fc.array(word, { maxLength: 20 }).map((words) => Buffer.from(words.join(''), 'latin1')),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);

describe('whatever a client sends', () => {
  test('is never an error of ours, and the server goes on', async () => {
    const { port, logged } = await stand({
      limits: { keepAliveTimeoutMs: 50, headersTimeoutMs: 200, checkIntervalMs: 50 },
    });
    await fc.assert(
      fc.asyncProperty(fc.array(input, { minLength: 1, maxLength: 8 }), async (inputs) => {
        const answers = await Promise.all(inputs.map((bytes) => say(port, bytes)));
        for (const answer of answers) {
          expect(answer).not.toMatch(/HTTP\/1\.1 500/);
          if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 [1-5]\d\d /);
          expect(answer).not.toMatch(/access-control/i);
          expect(answer).not.toMatch(/node:internal|\.ts:\d+|at \w+ \(/);
        }
      }),
      { numRuns: 150 },
    );
    expect((await ask(port, '/livez')).status).toBe(200);
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('many readers', () => {
  test('come and go without a warning, and leave nothing behind', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    afterwards(() => process.off('warning', note));
    const { port, node } = await stand({ limits: { streams: 60 } });
    for (let round = 0; round < 4; round += 1) {
      const streams = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          openEvents(port, i % 2 === 0 ? '/v1/deliveries/stream' : '/v1/events'),
        ),
      );
      expect((await ask(port, '/v1/events')).status).toBe(503);
      await node.broadcast('to all', { waitFor: 'delivered' });
      for (const stream of streams) stream.close();
      await until(async () => (await ask(port, '/v1/deliveries')).status === 200);
    }
    const asked = Array.from({ length: 200 }, (_, i) => {
      return ask(port, '/v1/broadcasts?wait=delivered', { method: 'POST', body: String(i) });
    });
    for (const reply of await Promise.all(asked)) expect(reply.status).toBe(200);
    expect(warnings).toEqual([]);
  });
});
