import { toHex } from '../../base/index.ts';

/** Any plain value in a line: JSON, with bytes in hexadecimal and without quotes around names. */
export function plain(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Set) return `{${[...value].map(plain).join(' ')}}`;
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, part]) => (key === 'kind' ? String(part) : `${key}=${plain(part)}`))
    .join(' ');
}

/** The field `kind` of a message; empty if it has none. */
export function kindField(message: unknown): string {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return '';
  return typeof message.kind === 'string' ? message.kind : '';
}
