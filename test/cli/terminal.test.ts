import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { CommandError } from '../../src/cli/command-error.ts';
import { formatBytes, formatDuration, type Output, Terminal, table } from '../../src/cli/terminal.ts';
import { bytes, duration, integer, parseMessageName } from '../../src/cli/values.ts';

class Screen extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

function terminal(options: { isTTY?: boolean; json?: boolean; quiet?: boolean; color?: boolean }) {
  const stdout: Output & { text: string } = new Screen(options.isTTY ?? false);
  const stderr: Output & { text: string } = new Screen(options.isTTY ?? false);
  const { json = false, quiet = false, color = true } = options;
  return { stdout, stderr, terminal: new Terminal({ stdout, stderr, json, quiet, color }) };
}

const ERROR = new CommandError('ERR_USAGE', 'no such thing\nnor another', { hint: 'try a third' });

describe('terminal', () => {
  test('an error says what and why, then what to do', () => {
    const { stderr, terminal: out } = terminal({});
    out.error(ERROR);
    expect(stderr.text).toBe('ERR_USAGE  no such thing\n  nor another\n  -> try a third\n');
  });

  test('colours only on a terminal, and only if they are wanted', () => {
    for (const [isTTY, color, expected] of [
      [true, true, true],
      [true, false, false],
      [false, true, false],
    ] as const) {
      const { stdout, stderr, terminal: out } = terminal({ isTTY, color });
      out.error(ERROR);
      out.warn('careful');
      out.emit({}, out.style('green', 'fine'));
      expect(stderr.text.includes('\u001b')).toBe(expected);
      expect(stdout.text.includes('\u001b')).toBe(expected);
    }
  });

  test('quiet keeps results, warnings and errors; json keeps results and errors', () => {
    for (const mode of [{ quiet: true }, { json: true }]) {
      const { stdout, stderr, terminal: out } = terminal(mode);
      out.talk('by the way');
      expect(stderr.text).toBe('');
      out.emit({ a: 1 }, 'one');
      expect(stdout.text).toBe(mode.json === true ? '{"a":1}\n' : 'one\n');
      out.error(ERROR);
      expect(stderr.text).toContain('ERR_USAGE');
    }
  });

  test('a fault of this program shows its stack and asks to be reported', () => {
    const { stderr, terminal: out } = terminal({});
    expect(out.error(new TypeError('oops')).code).toBe('ERR_INTERNAL');
    expect(stderr.text).toMatch(/^ERR_INTERNAL {2}TypeError: oops\n {6}at /);
    expect(stderr.text).toContain('please report it');
  });

  test('tables line up, numbers to the right', () => {
    expect(
      table(
        [
          ['NAME', 'N'],
          ['a', '10'],
          ['long', '9'],
        ],
        [1],
      ),
    ).toBe('NAME   N\na     10\nlong   9');
  });

  test('sizes and durations have units', () => {
    expect([0, 1023, 1536, 16_777_216].map(formatBytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '16 MiB']);
    expect([0.42, 12.3, 1_250, 600_000, 9_000_000].map(formatDuration)).toEqual([
      '0.4 ms',
      '12 ms',
      '1.3 s',
      '10 min',
      '3 h',
    ]);
  });
});

describe('values', () => {
  test('durations carry their unit', () => {
    expect(['500ms', '10s', '1.5 s', '2m', '2min', '1h'].map(duration)).toEqual([
      500, 10_000, 1_500, 120_000, 120_000, 3_600_000,
    ]);
    for (const bad of ['', '10', '-1s', '1d', 's', '1e3s']) expect(() => duration(bad)).toThrow(/unit/);
  });

  test('sizes are bytes or have a binary unit', () => {
    expect(['4096', '64KiB', '16 mib', '1GiB'].map(bytes)).toEqual([4096, 65_536, 16_777_216, 1_073_741_824]);
    for (const bad of ['', '1.5KiB', '64KB', '-1', '99999999999GiB'])
      expect(() => bytes(bad)).toThrow(/bytes/);
  });

  test('integers have bounds', () => {
    expect(integer(0, 10)('7')).toBe(7);
    for (const bad of ['', '11', '-1', '1.0', '0x1']) expect(() => integer(0, 10)(bad)).toThrow(/0 to 10/);
  });

  test('messages are called SENDER#SEQ', () => {
    expect(parseMessageName('p1#42')).toEqual({ sender: 'p1', seq: 42 });
    expect(parseMessageName('0#1')).toEqual({ sender: '0', seq: 1 });
    for (const bad of ['p1', 'p1#0', 'p1#-1', '#1', 'P1#1', 'p1#1#2', 'p1#9999999999999999']) {
      expect(parseMessageName(bad)).toBeUndefined();
    }
  });
});
