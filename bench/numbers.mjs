/** The middle, and the ends: what several runs came to. */
/** @typedef {{ median: number, min: number, max: number }} Spread */

/** @param {readonly number[]} values at least one @returns {Spread} */
export function spread(values) {
  return { median: percentile(values, 50), min: Math.min(...values), max: Math.max(...values) };
}

/** The value that `percent` of the values do not exceed, by nearest rank. @param {readonly number[]} values @param {number} percent */
export function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** `median [min..max]`, rounded to three digits. @param {Spread} figure */
export function show({ median, min, max }) {
  return min === max ? short(median) : `${short(median)} [${short(min)}..${short(max)}]`;
}

/** Three digits that count, thousands as k. @param {number} value */
export function short(value) {
  if (value >= 9_995) return `${value >= 99_950 ? Math.round(value / 1_000) : (value / 1_000).toFixed(1)} k`;
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Bytes as people write them. @param {number} bytes */
export function size(bytes) {
  if (bytes >= 2 ** 20) return `${bytes / 2 ** 20} MiB`;
  return bytes >= 1_024 ? `${bytes / 1_024} KiB` : `${bytes} B`;
}

/** Calls `call` with each of these, in order. Without an iterator, whose results are on the heap until the engine has compiled it. */
/** @template Item @param {readonly Item[]} items @param {(item: Item) => void} call */
export function each(items, call) {
  for (let i = 0; i < items.length; i += 1) call(/** @type {Item} */ (items[i]));
}

const ignore = () => undefined;
/** Where a stream may put what it asks for if nobody listens. @type {import('../dist/stream/index.js').StreamSink} */
export const UNHEARD = { keep: ignore, say: ignore, send: ignore, deliver: ignore, accuse: ignore };
