import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { show, size as sizeText } from '../numbers.mjs';
import { storeName } from './cases.mjs';

/** @import { Spread } from '../types.ts' */
/** @import { Case } from './cases.mjs' */
/** @typedef {Record<string, Spread>} Figures */

/** Writes lines to standard output and, if there is a folder for results, to `NAME.jsonl` and `NAME.svg`. */
export class Report {
  #json;
  #out;
  /** @type {{ one: Case, figures: Figures }[]} */
  #bars = [];

  /** `out`: path of the results without extension. @param {{ json: boolean, out: string | undefined }} options */
  constructor({ json, out }) {
    this.#json = json;
    this.#out = out;
    if (out === undefined) return;
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(`${out}.jsonl`, '');
  }

  /** @param {string} text @param {object} line */
  say(text, line) {
    const object = JSON.stringify(line);
    console.log(this.#json ? object : text);
    if (this.#out !== undefined) appendFileSync(`${this.#out}.jsonl`, `${object}\n`);
  }

  /** @param {Case} one @param {Figures} figures @param {object} more */
  throughput(one, figures, more) {
    const { perSecond, plainPerSecond, ratio, cpuMicros, plainCpuMicros, wire, perSync, syncMs } = figures;
    const disk = one.durable ? `, ${shown(perSync)} a sync of ${shown(syncMs)} ms` : '';
    const cpu = `${shown(cpuMicros)} µs of processor each (plain ${shown(plainCpuMicros)})`;
    const bytes = `wire ${shown(wire)}, ${shown(figures['messages'])} messages each`;
    const rates = `${shown(perSecond)} /s, plain ${shown(plainPerSecond)} /s, ratio ${shown(ratio)}`;
    this.say(`${nameOf(one)} ${rates}, ${cpu}, ${bytes}${disk}`, {
      event: 'throughput',
      ...described(one),
      ...more,
      ...figures,
    });
    this.#bars.push({ one, figures });
  }

  /** @param {Case} one @param {string} pace @param {Figures} figures @param {object} more */
  latency(one, pace, figures, more) {
    const { p50, p99, p999, plainP50, plainP99, ratio } = figures;
    const plain = `plain ${shown(plainP50)} / ${shown(plainP99)} ms`;
    const took = `p50 ${shown(p50)} ms, p99 ${shown(p99)} ms, p99.9 ${shown(p999)} ms`;
    this.say(`${nameOf(one)} at ${pace}: ${took}, ${plain}, ratio of p50 ${shown(ratio)}`, {
      event: 'latency',
      ...described(one),
      ...more,
      ...figures,
    });
  }

  /**
   * What others do with the same messages, without agreement.
   * @param {string} name @param {string} about
   * @param {{ size: number, members: number, perSecond: Spread, plainPerSecond: Spread, ratio: Spread, cpuMicros: Spread, plainCpuMicros: Spread, rounds: number, load: number }} figures
   */
  beside(name, about, figures) {
    const { size, members, perSecond, plainPerSecond, ratio, cpuMicros, plainCpuMicros } = figures;
    const cpu = `${shown(cpuMicros)} µs of processor each (plain ${shown(plainCpuMicros)})`;
    const rates = `${shown(perSecond)} /s, plain ${shown(plainPerSecond)} /s, ratio ${shown(ratio)}, ${cpu}`;
    this.say(`${sizeText(size).padEnd(7)} ${name.padEnd(15)} n=${members} ${rates} (${about})`, {
      event: 'beside',
      name,
      about,
      ...figures,
    });
  }

  /**
   * @param {string} name
   * @param {{ size: number, members: number, perSecond: number, p50: Spread, p99: Spread, plainP50: Spread, ratio: Spread, rounds: number, load: number }} figures
   */
  latencyBeside(name, figures) {
    const { size, members, perSecond, p50, p99, plainP50, ratio } = figures;
    const took = `p50 ${shown(p50)} ms, p99 ${shown(p99)} ms, plain ${shown(plainP50)} ms, ratio of p50 ${shown(ratio)}`;
    this.say(`${sizeText(size).padEnd(7)} ${name.padEnd(15)} n=${members} at ${perSecond} /s: ${took}`, {
      event: 'latency-beside',
      name,
      ...figures,
    });
  }

  /** @param {string} title */
  picture(title) {
    if (this.#out === undefined || this.#bars.length === 0) return;
    writeFileSync(`${this.#out}.svg`, svg(title, this.#bars));
  }
}

/** @param {Case} one */
function described({ size, mode, durable, members, fault }) {
  return { size, mode, store: storeName(durable), members, fault };
}

/** @param {Case} one */
export function nameOf({ size, mode, durable, members, fault }) {
  const kind = `${sizeText(size).padEnd(7)} ${mode.padEnd(7)} ${storeName(durable).padEnd(7)} n=${members}`;
  return fault === 'none' ? kind : `${kind} (one ${fault})`;
}

/** @param {Spread | undefined} figure */
function shown(figure) {
  return figure === undefined ? '-' : show(figure);
}

const ROW = 22;
const LEFT = 300;
const WIDTH = 420;

/**
 * Bars of processor time: what the plain fan-out takes of what a broadcast takes, and the rate beside it.
 * @param {string} title @param {readonly { one: Case, figures: Figures }[]} bars
 */
function svg(title, bars) {
  const height = 70 + bars.length * ROW;
  const rows = bars.map(({ one, figures }, i) => {
    const y = 52 + i * ROW;
    const ratio = figures['ratio']?.median ?? 0;
    const cpu = (figures['plainCpuMicros']?.median ?? 0) / (figures['cpuMicros']?.median ?? 1);
    const text = `${shown(figures['perSecond'])} /s`;
    return [
      `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${nameOf(one).replaceAll(/ +/g, ' ')}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${WIDTH}" height="14" fill="#eee"/>`,
      `<rect x="${LEFT}" y="${y}" width="${bar(ratio)}" height="7" fill="#3b6ea8"/>`,
      `<rect x="${LEFT}" y="${y + 7}" width="${bar(cpu)}" height="7" fill="#e0a030"/>`,
      `<text x="${LEFT + WIDTH + 8}" y="${y + 12}">${text}</text>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="960" height="${height}" fill="#fff"/>`,
    `<text x="12" y="20" font-size="14">${title}</text>`,
    `<text x="12" y="38" fill="#3b6ea8">rate of the cluster, as a share of the plain fan-out (full width: 1)</text>`,
    `<text x="470" y="38" fill="#b07810">processor time of the plain fan-out, as a share of the cluster's</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

/** @param {number} share */
function bar(share) {
  return Math.max(1, Math.round(WIDTH * Math.min(1, share)));
}
