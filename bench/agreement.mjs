// What one binary agreement costs with each coin: message delays until members decide, when every message takes one delay,
// and the processor time that one member spends on it once the program is warm, without sockets and disks. Inputs are mixed, nobody is faulty.
// Run by hand: npm run bench:agreement -- [--coin dealt] [--quick] [--json]
import { parseArgs } from 'node:util';
import { BinaryAgreement } from '../dist/agreement/index.js';
import { Prng } from '../dist/base/index.js';
import { BlsCoin, blsDeal } from '../dist/bls/index.js';
import { table } from '../dist/cli/terminal.js';
import { DealtCoin, dealCoins } from '../dist/coin/index.js';
import { Committee, faultyMax } from '../dist/committee/index.js';
import { asDigest } from '../dist/crypto/index.js';
import { nativeSha256 } from '../dist/node/index.js';
import { PredictableCoin } from '../dist/testing/index.js';
import { machine, machineLine } from './machine.mjs';

/** @import { AgreementMessage } from '../dist/codec/index.js' */
/** @import { Coin } from '../dist/coin/index.js' */
/** @import { NodeId } from '../dist/committee/index.js' */
/** @typedef {import('../dist/protocol/index.js').Effects<AgreementMessage, import('../dist/agreement/index.js').Decision>} Effects */

const { values: flags } = parseArgs({
  options: { coin: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'boolean' } },
});
const MEMBERS = [4, 7, 16];
const ROUNDS = 40;
const cluster = asDigest(new Uint8Array(32));
if (cluster === undefined) throw new Error('32 bytes are a digest');
const scope = { cluster, epoch: 1, instance: Uint8Array.of(1) };

/** @param {number} seed */
function randomOf(seed) {
  const prng = new Prng(seed);
  return (/** @type {number} */ bytes) => Uint8Array.from({ length: bytes }, () => prng.below(256));
}

/** The coins of all members, and how many agreements are worth measuring with them. */
/** @type {Readonly<Record<string, { readonly runs: number, readonly coins: (committee: Committee, seed: number) => readonly Coin[] }>>} */
const COINS = {
  'none (foreseeable)': {
    runs: 400,
    coins: (committee, seed) => committee.ids.map((self) => new PredictableCoin({ committee, self, seed })),
  },
  dealt: {
    runs: 200,
    coins: (committee, seed) => {
      const ids = Array.from({ length: ROUNDS }, (_, at) => ({ ...scope, round: at + 1 }));
      return dealCoins({ committee, sha256: nativeSha256, ids, random: randomOf(seed) }).map(
        (purse, self) =>
          new DealtCoin({ committee, self: committee.member(self), sha256: nativeSha256, purse }),
      );
    },
  },
  'threshold BLS': {
    runs: 12,
    coins: (committee, seed) => {
      const { secrets, keys } = blsDeal(committee.n, committee.quorums.coin, randomOf(seed));
      return committee.ids.map((self) => {
        const secret = secrets[self] ?? new Uint8Array(0);
        return new BlsCoin({ committee, self, sha256: nativeSha256, secret, keys });
      });
    },
  },
};

/** One agreement in lockstep. @param {Committee} committee @param {readonly Coin[]} coins @param {number} seed */
function decide(committee, coins, seed) {
  const prng = new Prng(seed);
  const machines = committee.ids.map((self) => {
    const coin = coins[self];
    if (coin === undefined) throw new Error('a coin for each member');
    return new BinaryAgreement({ committee, self, coin, scope });
  });
  /** @type {{ from: NodeId, to: NodeId, message: AgreementMessage }[]} */
  let under = [];
  /** @type {number[]} */
  const delays = [];
  let [delay, messages] = [0, 0];
  /** @param {NodeId} self @param {Effects} effects */
  const carry = (self, effects) => {
    for (const effect of effects) {
      if (effect.kind === 'output') delays.push(delay);
      if (effect.kind === 'send') under.push({ from: self, to: effect.to, message: effect.message });
      if (effect.kind !== 'broadcast') continue;
      for (const to of committee.ids)
        if (to !== self) under.push({ from: self, to, message: effect.message });
      carry(self, machines[self]?.handle(self, effect.message) ?? []);
    }
  };
  for (const self of committee.ids) carry(self, machines[self]?.propose(prng.chance(1, 2) ? 1 : 0) ?? []);
  while (under.length > 0) {
    const now = under;
    under = [];
    delay += 1;
    messages += now.length;
    for (const { from, to, message } of now) carry(to, machines[to]?.handle(from, message) ?? []);
  }
  if (delays.length !== committee.n) throw new Error('a member did not decide');
  return { first: Math.min(...delays), last: Math.max(...delays), messages };
}

/** @param {string} name @param {number} n */
function measure(name, n) {
  const known = COINS[name];
  if (known === undefined) throw new Error(`no coin ${name}`);
  const runs = Math.max(2, Math.ceil(known.runs / (flags.quick === true ? 4 : 1)));
  const committee = new Committee(n, faultyMax(n));
  let [first, last, messages, cpuUs] = [0, 0, 0, 0];
  // While the program is still cold it measures the compiler.
  for (let seed = 1; seed <= Math.ceil(runs / 4); seed += 1)
    decide(committee, known.coins(committee, runs + seed), runs + seed);
  for (let seed = 1; seed <= runs; seed += 1) {
    const coins = known.coins(committee, seed);
    const { user } = process.cpuUsage();
    const result = decide(committee, coins, seed);
    cpuUs += process.cpuUsage().user - user;
    first += result.first;
    last += result.last;
    messages += result.messages;
  }
  const memberMs = cpuUs / 1_000 / runs / n;
  return {
    ...{ coin: name, n, runs, firstDelays: first / runs, lastDelays: last / runs },
    ...{ messages: messages / runs, memberMs, perSecond: 1_000 / memberMs },
  };
}

const results = Object.keys(COINS)
  .filter((name) => flags.coin === undefined || name.startsWith(flags.coin))
  .flatMap((name) => MEMBERS.map((n) => measure(name, n)));
if (flags.json === true) console.log(JSON.stringify({ machine: machine(), results }));
else {
  const head = [
    'coin',
    'n',
    'runs',
    'delays, first',
    'delays, last',
    'messages',
    'ms/member',
    'decisions/s, one core a member',
  ];
  const rows = results.map((one) => [
    ...[one.coin, String(one.n), String(one.runs), one.firstDelays.toFixed(1), one.lastDelays.toFixed(1)],
    ...[String(Math.round(one.messages)), one.memberMs.toPrecision(3), one.perSecond.toPrecision(3)],
  ]);
  console.log(machineLine(machine()));
  console.log(table([head, ...rows]));
}
