/** @import { Case } from './cases.mjs' */

/** What this project wants to reach with four members on two cores, and how the figures measure it. */
/** @type {readonly { name: string, least?: number, most?: number, of: (known: Known) => number | undefined }[]} */
const GOALS = [
  { name: '1 MiB payloads ÷ plain fan-out', least: 0.75, of: ({ ratio }) => ratio(1_048_576, 'single') },
  { name: '64 KiB payloads ÷ plain fan-out', least: 0.7, of: ({ ratio }) => ratio(65_536, 'single') },
  { name: 'messages of 1 KiB, batched ÷ plain fan-out', least: 0.7, of: ({ ratio }) => ratio(1_024, 'many') },
  { name: 'messages of 32 B a second, batched', least: 2_000_000, of: ({ rate }) => rate(32, 'many', false) },
  { name: 'broadcasts of 32 B a second', least: 185_000, of: ({ rate }) => rate(32, 'single', false) },
  { name: 'broadcasts of 1 KiB a second', least: 70_000, of: ({ rate }) => rate(1_024, 'single', false) },
  {
    name: 'durable ÷ in memory, 32 B batched',
    least: 0.7,
    of: ({ rate }) => quotient(rate(32, 'many', true), rate(32, 'many', false)),
  },
  {
    name: 'durable ÷ in memory, 1 KiB batched',
    least: 0.7,
    of: ({ rate }) => quotient(rate(1_024, 'many', true), rate(1_024, 'many', false)),
  },
  { name: 'p50 at 200/s of 1 KiB ÷ one plain hop', most: 2, of: ({ latency }) => latency(1_024) },
  {
    name: 'one member stopped ÷ all four, 1 KiB',
    least: 0.8,
    of: ({ rate }) => quotient(rate(1_024, 'single', false, 'stopped'), rate(1_024, 'single', false)),
  },
  { name: 'bytes on the wire ÷ payload bytes, 64 KiB', most: 1.02, of: ({ wire }) => wire(65_536) },
];

/** The figures of one run that goals are about, those of four members. */
class Known {
  /** @type {Map<string, Record<string, { median: number }>>} */
  #all = new Map();

  /** @param {string} event @param {Case} one @param {Record<string, { median: number }>} figures */
  add(event, { size, mode, durable, members, fault }, figures) {
    if (members === 4) this.#all.set([event, size, mode, durable, fault].join(), figures);
  }

  ratio = (/** @type {number} */ size, /** @type {string} */ mode) =>
    this.#get(['throughput', size, mode, false, 'none'], 'ratio');
  rate = (
    /** @type {number} */ size,
    /** @type {string} */ mode,
    /** @type {boolean} */ durable,
    fault = 'none',
  ) => this.#get(['throughput', size, mode, durable, fault], 'perSecond');
  latency = (/** @type {number} */ size) => this.#get(['latency', size, 'single', false, 'none'], 'ratio');
  wire = (/** @type {number} */ size) => this.#get(['throughput', size, 'single', false, 'none'], 'wire');

  /** @param {readonly unknown[]} key @param {string} figure */
  #get(key, figure) {
    return this.#all.get(key.join())?.[figure]?.median;
  }
}

/** @param {number | undefined} a @param {number | undefined} b */
function quotient(a, b) {
  return a === undefined || b === undefined ? undefined : a / b;
}

/** Gathers figures and says at the end which goals they reach. */
export class Goals {
  #known = new Known();

  /** `event`: throughput, or latency at the low rate. */
  /** @param {'throughput' | 'latency'} event @param {Case} one @param {Record<string, { median: number }>} figures */
  add(event, one, figures) {
    this.#known.add(event, one, figures);
  }

  /** Those that this run says something about. */
  reached() {
    return GOALS.flatMap(({ name, least, most, of }) => {
      const reached = of(this.#known);
      if (reached === undefined) return [];
      const met = (least === undefined || reached >= least) && (most === undefined || reached <= most);
      return [{ name, goal: least ?? most ?? Number.NaN, isLeast: least !== undefined, reached, met }];
    });
  }
}
