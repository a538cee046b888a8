/** @typedef {'single' | 'batched' | 'many'} Mode */
/** @typedef {'none' | 'stopped' | 'lying'} Fault */
/** @typedef {{ size: number, mode: Mode, durable: boolean, members: number, fault: Fault }} Case */
/**
 * @typedef {object} Wanted
 * @property {readonly number[] | undefined} sizes
 * @property {string | undefined} mode
 * @property {string | undefined} store
 * @property {readonly number[]} members
 * @property {boolean} quick
 */

/** Broadcasts under way at once: enough to keep all members busy, within the node's backlog of 16 MiB. */
const WINDOWS = new Map([
  [32, { single: 1_024, batched: 16_384, many: 131_072 }],
  [1_024, { single: 1_024, batched: 4_096, many: 8_192 }],
  [65_536, { single: 128, batched: 128, many: 128 }],
  [1_048_576, { single: 8, batched: 8, many: 8 }],
  [16_777_216, { single: 2, batched: 2, many: 2 }],
]);

/** @param {{ size: number, mode: Mode }} one */
export function windowOf({ size, mode }) {
  return WINDOWS.get(size)?.[mode] ?? Math.max(2, Math.min(256, Math.floor(2 ** 23 / size)));
}

/** Of `single`, each message has an instance of its own. @param {{ size: number, mode: Mode }} one */
export function limitsOf({ size, mode }) {
  const long = size > 2 ** 20 ? { payloadBytes: size, bytesPerSender: 4 * size } : {};
  return mode === 'single' ? { messagesPerInstance: 1, window: 1_024, ...long } : long;
}

/** @param {boolean} durable */
export function storeName(durable) {
  return durable ? 'durable' : 'memory';
}

/** @param {Wanted} wanted @returns {Case[]} */
export function cases({ sizes, mode: wantedMode, store, members, quick }) {
  const all = sizes ?? [...WINDOWS.keys()].filter((size) => !quick || size <= 2 ** 20);
  const modes = /** @type {const} */ (['single', 'batched', 'many']).filter(
    (mode) => (wantedMode ?? mode) === mode,
  );
  const stores = [true, false].filter((durable) => (store ?? storeName(durable)) === storeName(durable));
  const plain = members.flatMap((count) =>
    stores.flatMap((durable) =>
      all.flatMap((size) =>
        modes
          // The default limits let no second message of this length into an instance.
          .filter((mode) => mode === 'single' || size < 2 ** 20)
          .filter((mode) => mode !== 'many' || size <= 1_024)
          .filter((mode) => !quick || wantedMode !== undefined || isMain(mode, size, durable))
          .map((mode) => ({ size, mode, durable, members: count, fault: /** @type {Fault} */ ('none') })),
      ),
    ),
  );
  return [...plain, ...faulty(plain, quick)];
}

/** Whether a short measurement has this row: those that there are goals for. @param {Mode} mode @param {number} size @param {boolean} durable */
function isMain(mode, size, durable) {
  if (size < 65_536) return mode === 'many' || (mode === 'single' && !durable);
  return mode === 'single';
}

/** The same with a member stopped or lying: in short, of one kind of load; else, of each size in memory. */
/** @param {readonly Case[]} plain @param {boolean} quick @returns {Case[]} */
function faulty(plain, quick) {
  const faults = /** @type {const} */ (['stopped', 'lying']);
  return plain
    .filter(({ mode, durable, size }) => mode === 'single' && !durable && size === (quick ? 1_024 : size))
    .flatMap((one) => faults.map((fault) => ({ ...one, fault })));
}
