import { describe, expect, test } from 'vitest';
import { QuorumcastError } from '../../src/node/errors.ts';
import { type ClosableLogger, createLogger, type LoggerOptions } from '../../src/node/log/index.ts';
import { until } from '../http/harness.ts';

/** A logger and the lines it wrote. */
function recorded(options: LoggerOptions = {}): { log: ClosableLogger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { log: createLogger({ destination, format: 'json', ...options }), lines };
}

const objects = (lines: readonly string[]): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a line', () => {
  test('is one JSON object with time, level, event, the fields of the node and its own', () => {
    const { log, lines } = recorded({ fields: { node: 'p0', epoch: 1 } });
    log.info('peer.connected', { peer: 'p1' });
    expect(lines.join('')).toMatch(/^\{.*\}\n$/);
    expect(objects(lines)).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        node: 'p0',
        epoch: 1,
        event: 'peer.connected',
        peer: 'p1',
      },
    ]);
  });

  test('carries other fields from the moment they are set; repeats keep what the first one had', () => {
    const { log, lines } = recorded({ fields: { node: 'p0', epoch: 1 } });
    log.info('peer.connected', { peer: 'p1' });
    log.info('peer.connected', { peer: 'p1' });
    log.setFields({ node: 'p0', epoch: 2 });
    log.info('epoch.begun', {});
    log.close();
    expect(objects(lines)).toMatchObject([
      { event: 'peer.connected', node: 'p0', epoch: 1 },
      { event: 'epoch.begun', node: 'p0', epoch: 2 },
      { event: 'peer.connected', node: 'p0', epoch: 1, repeated: 1 },
    ]);
  });

  test('is written from the chosen level on', () => {
    const written = (level: 'debug' | 'info' | 'warn' | 'error' | 'silent'): unknown[] => {
      const { log, lines } = recorded({ level });
      log.debug('a', {});
      log.info('b', {});
      log.warn('c', {});
      log.error('d', {});
      return objects(lines).map(({ event }) => event);
    };
    expect(written('debug')).toEqual(['a', 'b', 'c', 'd']);
    expect(written('info')).toEqual(['b', 'c', 'd']);
    expect(written('warn')).toEqual(['c', 'd']);
    expect(written('error')).toEqual(['d']);
    expect(written('silent')).toEqual([]);
  });

  test('tells an error and its causes in one text', () => {
    const { log, lines } = recorded();
    const disk = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    log.error('node.failed', {
      cause: new QuorumcastError('ERR_STORAGE_FAILED', 'the log failed', { cause: disk }),
    });
    expect(objects(lines)[0]).toMatchObject({
      cause: 'ERR_STORAGE_FAILED: the log failed < ENOSPC: no space left',
    });
  });

  test('holds no secret, no bytes, nothing endless, and never throws', () => {
    const { log, lines } = recorded();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    log.warn('odd', {
      token: 'hunter2',
      httpToken: 'hunter2',
      nested: { Authorization: 'Bearer hunter2', privateKey: 'hunter2' },
      payload: new TextEncoder().encode('hunter2'),
      circle,
      long: 'x'.repeat(100_000),
      big: 2n ** 70n,
      fn: () => 'hunter2',
      symbol: Symbol('s'),
      nothing: undefined,
      list: Array(1_000).fill(1),
    });
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('').length).toBeLessThan(5_000);
    expect(objects(lines)[0]).toMatchObject({
      token: '[hidden]',
      payload: '[7 bytes]',
      big: '1180591620717411303424',
    });
  });
});

describe('repeats', () => {
  test('become one line at the end of the window', async () => {
    const { log, lines } = recorded({ repeatsWindowMs: 50 });
    for (let i = 0; i < 18; i += 1)
      log.warn('peer.refused', { peer: 'p3', reason: 'bad-frame', port: 4_000 + i });
    expect(objects(lines)).toEqual([expect.objectContaining({ port: 4_000 })]);
    await until(() => lines.length === 2);
    expect(objects(lines)[1]).toMatchObject({
      event: 'peer.refused',
      peer: 'p3',
      port: 4_017,
      repeated: 17,
      within_s: 1,
    });
    log.warn('peer.refused', { peer: 'p3', reason: 'bad-frame' });
    await until(() => lines.length === 3);
    expect(objects(lines)[2]).not.toHaveProperty('repeated');
  });

  test('are only what happened to the same in the same way', () => {
    const { log, lines } = recorded();
    log.info('peer.disconnected', { peer: 'p1', reason: 'idle' });
    log.info('peer.disconnected', { peer: 'p2', reason: 'idle' });
    log.info('peer.disconnected', { peer: 'p1', reason: 'ended' });
    log.warn('peer.disconnected', { peer: 'p1', reason: 'idle' });
    log.info('peer.connected', { peer: 'p1' });
    expect(lines).toHaveLength(5);
  });

  test('that are held back are written at the close, and none afterwards', () => {
    const { log, lines } = recorded();
    for (let i = 0; i < 3; i += 1) log.warn('storage.slow', {});
    log.close();
    expect(objects(lines).map(({ repeated }) => repeated)).toEqual([undefined, 2]);
    log.warn('storage.slow', {});
    log.warn('storage.slow', {});
    expect(lines).toHaveLength(4);
  });

  test('of ever new kinds take no more memory than a few hundred', () => {
    const { log, lines } = recorded();
    for (let i = 0; i < 2_000; i += 1) {
      log.warn('peer.refused', { peer: `x${i}` });
      log.warn('peer.refused', { peer: `x${i}` });
    }
    // The oldest kinds were told early to make room.
    expect(lines.length).toBeGreaterThanOrEqual(2_000 + 1_744);
    log.close();
    expect(lines).toHaveLength(4_000);
  });

  test('are told as they are at the debug level', () => {
    const { log, lines } = recorded({ level: 'debug' });
    for (let i = 0; i < 5; i += 1) log.debug('instance.delivered', { sender: 'p0' });
    expect(lines).toHaveLength(5);
  });
});

describe('lines for people', () => {
  test('say time, level, event and fields', () => {
    const { log, lines } = recorded({ format: 'pretty', fields: { node: 'p0' } });
    log.warn('peer.disconnected', { peer: 'p3', cause: 'connection refused', for_s: 4 });
    expect(lines.join('')).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}peer\.disconnected node=p0 peer=p3 cause="connection refused" for_s=4\n$/,
    );
  });

  test('say how often', () => {
    const { log, lines } = recorded({ format: 'pretty' });
    for (let i = 0; i < 18; i += 1) log.warn('peer.refused', { peer: 'p3' });
    log.close();
    expect(lines.at(-1)).toMatch(/peer\.refused peer=p3 \(×17 in 1 s\)\n$/);
  });

  test('cannot be forged by what peers say', () => {
    const { log, lines } = recorded({ format: 'pretty' });
    const nasty = ['a\nERROR forged', '\u001b[2J', 'a\rb', '\u202eevil', 'a b=c', 'x\u2028y', '\u0007'];
    for (const detail of nasty) log.warn('peer.refused', { peer: detail, [`k${detail}`]: 1 });
    for (const line of lines) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }
  });

  test('are coloured only where asked for', () => {
    const plain = recorded({ format: 'pretty' });
    plain.log.error('node.failed', {});
    expect(plain.lines.join('')).not.toContain('\u001b');
    const coloured = recorded({ format: 'pretty', colour: true });
    coloured.log.error('node.failed', {});
    expect(coloured.lines.join('')).toContain('\u001b[31mERROR\u001b[0m');
  });

  test('are the automatic choice on a terminal, JSON elsewhere', () => {
    const on = (isTTY: boolean): string => {
      const lines: string[] = [];
      const destination = { isTTY, write: (line: string) => void lines.push(line) };
      createLogger({ destination, colour: false }).info('node.ready', {});
      return lines.join('');
    };
    expect(on(true)).toMatch(/info {2}node\.ready\n$/);
    expect(on(false)).toMatch(/^\{/);
  });
});
