import { InvalidArgumentError } from 'commander';

/** Parsers for values on the command line: each gives the value or says what it should have been. */

/** An integer within bounds. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** A duration with its unit, as milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('It must be a number with a unit: 500ms, 10s, 2m or 1h.');
  }
  return Number(match[1]) * unit;
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  kib: 1_024,
  mib: 1_048_576,
  gib: 1_073_741_824,
};

/** A size, as bytes: 4096, 64KiB, 16MiB. */
export function bytes(text: string): number {
  const match = /^(\d+)\s*(|kib|mib|gib)$/i.exec(text);
  const unit = UNIT_BYTES[match?.[2]?.toLowerCase() ?? '?'];
  const value = Number(match?.[1]) * (unit ?? 1);
  if (match === null || unit === undefined || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a number of bytes: 4096, 64KiB or 16MiB.');
  }
  return value;
}

/** "p1#42": a message by its sender's name or number, and its running number. */
export interface MessageName {
  readonly sender: string;
  readonly seq: number;
}

/** The parts of SENDER#SEQ; undefined if it is something else. */
export function parseMessageName(text: string): MessageName | undefined {
  const match = /^([a-z0-9][a-z0-9-]{0,31})#(\d{1,15})$/.exec(text);
  const seq = Number(match?.[2]);
  return match === null || seq < 1 ? undefined : { sender: match[1] ?? '', seq };
}
