/** Whether two byte strings are equal. Not constant-time: compares public values only. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  const length = a.length;
  if (length !== b.length) return false;
  for (let i = 0; i < length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `part` stands in `whole` from `at` on. */
export function bytesEqualAt(part: Uint8Array, whole: Uint8Array, at: number): boolean {
  for (let i = 0; i < part.length; i += 1) if (part[i] !== whole[at + i]) return false;
  return true;
}

/** A new array holding `parts` one after another. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The bytes of a hexadecimal text of even length; undefined if it is not one. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** A copy, always: `slice` on Node's `Buffer`, which is a `Uint8Array` too, is a view. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** What `retained` may hold on to for each sixteen bytes that it keeps. */
export const RETAINED_PER_SIXTEEN = 17;

/**
 * `bytes` fit to be kept: the same array when it fills all but a seventeenth of its buffer, else a copy, so that a
 * short payload does not hold on to the whole frame it came in.
 */
export function retained(bytes: Uint8Array): Uint8Array {
  const fills = bytes.byteLength * RETAINED_PER_SIXTEEN >= bytes.buffer.byteLength * 16;
  return fills ? bytes : copyBytes(bytes);
}
