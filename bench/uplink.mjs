// What one broadcast costs the uplinks: one instance among n members, all messages encoded as on the wire, bytes counted
// by who sends them, in payloads. No clock: the counts are the same on every machine. Run by hand:
// npm run build && node bench/uplink.mjs [--write]; --write puts the table into docs/protocols/coded.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Coded, codingOf, rulesOf } from '../dist/broadcast/index.js';
import { encodedBytes, FRAME_HEADER_BYTES } from '../dist/codec/index.js';
import { Committee, faultyMax } from '../dist/committee/index.js';
import { ErasureCode, fastProduct, PayloadHasher, portableProduct } from '../dist/crypto/index.js';
import { nativeSha256 } from '../dist/node/index.js';

/** @import { CodedMessage } from '../dist/codec/index.js' */
/** @import { NodeId } from '../dist/committee/index.js' */
/** @import { WebAssemblyLike } from '../dist/crypto/index.js' */

const BYTES = 65_536;
const MEMBERS = [4, 7, 10, 16, 31, 64, 100];
/** Frame header, epoch and count: a frame for each message, which is the most that it can be. */
const FRAME_BYTES = FRAME_HEADER_BYTES + 6;

const { WebAssembly: engine } = /** @type {{ WebAssembly?: WebAssemblyLike }} */ (globalThis);
const product = (engine && fastProduct(engine)) ?? portableProduct;
const hasher = new PayloadHasher(nativeSha256, new Uint8Array(32));

/**
 * Bytes that each member sends for one payload, member 0 being its sender, and in how many message delays the last one
 * delivers. `silent`: how many members say nothing; `coded`: whether it goes out in shards.
 */
/** @param {number} n @param {{ bytes?: number, silent?: number, coded?: boolean }} [how] */
export function uplinks(n, { bytes = BYTES, silent = 0, coded = true } = {}) {
  const committee = new Committee(n, faultyMax(n));
  const sender = committee.member(0);
  const payload = new Uint8Array(bytes).fill(7);
  const code = new ErasureCode(committee.quorums.dataShards, n, product);
  const machines = committee.ids.slice(0, n - silent).map(
    (self) =>
      new Coded({
        committee,
        self,
        sender,
        rules: rulesOf(committee, 'early'),
        digestOf: (given) => hasher.digest(0, 1, given),
        valid: () => true,
        payloadBytesMax: bytes,
        coding: codingOf(hasher, code, sender, 1),
        codes: () => coded,
        judges: false,
      }),
  );
  const sent = new Array(n).fill(0);
  /** @type {{ from: NodeId, to: NodeId, message: CodedMessage }[]} */
  let next = [];
  /** @param {NodeId} self @param {ReturnType<Coded['handle']>} effects */
  const carry = (self, effects) => {
    for (const effect of effects) {
      if (effect.kind !== 'send' && effect.kind !== 'broadcast') continue;
      const { message } = effect;
      const peers = effect.kind === 'send' ? [effect.to] : committee.ids.filter((id) => id !== self);
      for (const to of peers) {
        sent[self] += FRAME_BYTES + encodedBytes({ kind: 'instance', sender, instance: 1, body: message });
        next.push({ from: self, to, message });
      }
      if (effect.kind === 'broadcast') carry(self, machines[self]?.handle(self, message) ?? []);
    }
  };
  carry(sender, machines[0]?.propose(payload) ?? []);
  let delays = 0;
  for (; machines.some(({ terminated }) => !terminated) && delays < 20; delays += 1) {
    const now = next;
    next = [];
    for (const { from, to, message } of now) carry(to, machines[to]?.handle(from, message) ?? []);
    if (next.length === 0)
      for (const [id, machine] of machines.entries()) carry(committee.member(id), machine.retry());
  }
  if (machines.some(({ terminated }) => !terminated)) throw new Error(`n=${n}: not all delivered`);
  const [own = 0, ...others] = sent.map((count) => count / bytes);
  return {
    sender: own,
    other: Math.max(...others),
    all: own + others.reduce((sum, each) => sum + each, 0),
    delays,
  };
}

function table() {
  const rows = MEMBERS.map((n) => {
    const [whole, shards] = [uplinks(n, { coded: false }), uplinks(n)];
    const quiet = uplinks(n, { silent: faultyMax(n) });
    const cells = [whole.sender, shards.sender, shards.other, quiet.sender, whole.all, shards.all];
    return `| ${n} | ${cells.map((cell) => cell.toFixed(2)).join(' | ')} | ${shards.delays} |`;
  });
  return [
    '| n | sender, whole | sender, in shards | another, in shards | sender, f silent | all, whole | all, in shards | delays |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = table();
  console.log(text);
  if (process.argv.includes('--write')) {
    const file = new URL('../docs/protocols/coded.md', import.meta.url);
    const mark = /<!-- uplink: written by bench\/uplink.mjs -->\n(?:\n?\|.*\n)*/;
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(mark, `<!-- uplink: written by bench/uplink.mjs -->\n${text}\n`));
  }
}
