/** What stands for bytes or code units that are no text. */
const REPLACEMENT = 0xfffd;
/** Code units handed to `String.fromCharCode` at once: far below the engines' limits on arguments. */
const CHUNK_UNITS = 8_192;

/**
 * The UTF-8 of a text; a lone surrogate becomes U+FFFD. Same bytes as the platform's `TextEncoder`, which the core
 * does without. [WHATWG Encoding, §8.3]
 */
export function encodeUtf8(text: string): Uint8Array {
  // Three bytes a code unit is the most there can be: a pair of surrogates makes four bytes out of two units.
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i += 1) {
    let point = text.charCodeAt(i);
    if (isHighSurrogate(point) && isLowSurrogate(text.charCodeAt(i + 1))) {
      point = 0x10000 + ((point - 0xd800) << 10) + (text.charCodeAt(i + 1) - 0xdc00);
      i += 1;
    } else if (isHighSurrogate(point) || isLowSurrogate(point)) {
      point = REPLACEMENT;
    }
    length = writePoint(bytes, length, point);
  }
  return bytes.slice(0, length);
}

/**
 * The text of UTF-8 bytes. Every maximal run that begins no character becomes one U+FFFD; a byte order mark stays.
 * Same text as `new TextDecoder('utf-8', { ignoreBOM: true })`. [WHATWG Encoding, §8.1; Unicode 16, §3.9, D93b]
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  let units: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { point, length } = readPoint(bytes, at);
    at += length;
    if (point < 0x10000) units.push(point);
    else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    if (units.length >= CHUNK_UNITS) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Returns the length with the code point in it. */
function writePoint(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    bytes[at] = point;
    return at + 1;
  }
  const continuations = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  bytes[at] = (0xff << (7 - continuations)) | (point >> (6 * continuations));
  for (let i = 1; i <= continuations; i += 1) {
    bytes[at + i] = 0x80 | ((point >> (6 * (continuations - i))) & 0x3f);
  }
  return at + 1 + continuations;
}

interface Read {
  readonly point: number;
  /** Bytes taken, at least one. */
  readonly length: number;
}

function readPoint(bytes: Uint8Array, at: number): Read {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return { point: lead, length: 1 };
  const continuations = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  if (continuations === 0) return { point: REPLACEMENT, length: 1 };
  let point = lead & (0x3f >> continuations);
  for (let i = 1; i <= continuations; i += 1) {
    const byte = bytes[at + i] ?? 0;
    // The second byte alone decides about overlong forms, surrogates and what lies beyond U+10FFFF.
    const [low, high] = i === 1 ? secondByte(lead) : [0x80, 0xbf];
    if (byte < low || byte > high) return { point: REPLACEMENT, length: i };
    point = (point << 6) | (byte & 0x3f);
  }
  return { point, length: 1 + continuations };
}

/** The bytes that may follow this lead byte. [Unicode 16, table 3-7] */
function secondByte(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  return lead === 0xf4 ? [0x80, 0x8f] : [0x80, 0xbf];
}
