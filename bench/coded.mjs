// What the erasure code costs one core: all shards of 1 MiB, and 1 MiB out of as few shards as there may be, in MB of
// data a second, by the SIMD kernel and by plain JavaScript. Run by hand: npm run bench:coded -- [--quick] [--json]
import { parseArgs } from 'node:util';
import { Committee, faultyMax } from '../dist/committee/index.js';
import { ErasureCode, fastProduct, portableProduct } from '../dist/crypto/index.js';
import { machine, machineLine } from './machine.mjs';
import { show, size, spread } from './numbers.mjs';

/** @import { GaloisProduct, WebAssemblyLike } from '../dist/crypto/index.js' */

const BYTES = 1_048_576;
const MEMBERS = [4, 7, 10, 16, 64, 100];

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
const ROUNDS = flags.quick === true ? 3 : 9;
const ROUND_MS = flags.quick === true ? 30 : 150;

/** Processor time of this process so far, milliseconds: a busy machine matters little to it. */
function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** MB of data a second of processor time, in several rounds. @param {() => void} work */
function rate(work) {
  const round = () => {
    const startedMs = processorMs();
    let times = 0;
    while (processorMs() - startedMs < ROUND_MS) {
      for (let i = 0; i < 4; i += 1) work();
      times += 4;
    }
    return (times * BYTES) / 1e3 / (processorMs() - startedMs);
  };
  round();
  return spread(Array.from({ length: ROUNDS }, round));
}

/** @param {string} name @param {GaloisProduct} product @param {number} n */
function measure(name, product, n) {
  const { dataShards: k } = new Committee(n, faultyMax(n)).quorums;
  const code = new ErasureCode(k, n, product);
  const data = Uint8Array.from({ length: BYTES }, (_, at) => at * 7 + (at >> 8));
  const shards = code.encode(data).map((bytes, index) => ({ index, bytes }));
  const last = shards.slice(n - k);
  if (Buffer.compare(code.decode(last, BYTES), data) !== 0) throw new Error('decoded something else');
  const encode = rate(() => void code.encode(data));
  const decode = rate(() => void code.decode(last, BYTES));
  return { event: 'code', name, n, k, bytes: BYTES, encode, decode };
}

/** @param {string} text @param {object} line */
const say = (text, line) => console.log(flags.json === true ? JSON.stringify(line) : text);
const about = machine();
say(machineLine(about), { event: 'machine', ...about });
const { WebAssembly: engine } = /** @type {{ WebAssembly?: WebAssemblyLike }} */ (globalThis);
const fast = engine && fastProduct(engine);
if (fast === undefined) say('this engine has no SIMD', { event: 'no-simd' });
for (const [name, product] of Object.entries({ simd: fast, portable: portableProduct })) {
  if (product === undefined) continue;
  for (const n of MEMBERS) {
    const line = measure(name, product, n);
    const rates = `encode ${show(line.encode)} MB/s, decode from parity ${show(line.decode)} MB/s`;
    say(
      `${name.padEnd(8)}  n=${String(n).padEnd(3)} k=${String(line.k).padEnd(2)}  ${size(BYTES)}: ${rates}`,
      line,
    );
  }
}
