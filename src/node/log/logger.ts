import {
  type DestinationStream,
  destination as fileDestination,
  type Logger as PinoLogger,
  pino,
} from 'pino';
import type { Logger } from '../api.ts';
import { plainFields } from './fields.ts';
import type { LogFormat, LogLevel } from './levels.ts';
import { prettyLine } from './pretty.ts';
import { Repeats } from './repeats.ts';

/** What `createLogger` can be told. */
export interface LoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default `auto`. */
  readonly format?: LogFormat;
  /** What every line carries, such as node and epoch. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Where lines go; default: standard error, written at once, so that the last line before a crash is there. */
  readonly destination?: DestinationStream & { readonly isTTY?: boolean };
  /** Within how long equal events become one line. Default 60,000; 0: never. */
  readonly repeatsWindowMs?: number;
  /** Default: on a terminal, unless NO_COLOR is set. */
  readonly colour?: boolean;
}

/** A `Logger` that must be closed: it may hold back repeats. */
export interface ClosableLogger extends Logger {
  /** Writes what is held back. Lines after it are written at once. */
  close(): void;
  /** What every line carries from now on; repeats of earlier ones keep what those had. */
  setFields(fields: Readonly<Record<string, unknown>>): void;
}

/** A logger that writes lines of JSON, or for people. `debug` lines are never collapsed. */
export function createLogger(options: LoggerOptions = {}): ClosableLogger {
  const { level = 'info', repeatsWindowMs = 60_000 } = options;
  const out = target(options);
  const linesWith = (fields: Readonly<Record<string, unknown>>): PinoLogger =>
    pino(
      {
        level,
        base: plainFields(fields),
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      out,
    );
  let lines = linesWith(options.fields ?? {});
  const repeats = new Repeats(repeatsWindowMs);
  let collapses = repeatsWindowMs > 0;
  const at = (name: 'info' | 'warn' | 'error') => {
    return (event: string, fields: Record<string, unknown>): void => {
      if (!lines.isLevelEnabled(name)) return;
      const now = lines;
      const write = (last: Readonly<Record<string, unknown>>): void =>
        now[name]({ event, ...plainFields(last) });
      if (collapses) repeats.pass(name, event, fields, write);
      else write(fields);
    };
  };
  return {
    debug: (event, fields) => {
      if (lines.isLevelEnabled('debug')) lines.debug({ event, ...plainFields(fields) });
    },
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    close: () => {
      collapses = false;
      repeats.flush();
    },
    setFields: (fields) => {
      lines = linesWith(fields);
    },
  };
}

function target({ format = 'auto', destination, colour }: LoggerOptions): DestinationStream {
  const isTerminal = destination === undefined ? process.stderr.isTTY : destination.isTTY === true;
  const out = destination ?? fileDestination({ fd: 2, sync: true });
  if (format === 'json' || (format === 'auto' && !isTerminal)) return out;
  const paints = colour ?? (isTerminal && (process.env['NO_COLOR'] ?? '') === '');
  return { write: (line) => out.write(prettyLine(line, paints)) };
}
