// What the nemesis will do, drawn from a seed: the same seed, the same plan.
import { Prng } from '../../dist/base/index.js';
import { ADVERSARIES } from '../../dist/simulator/index.js';

/** @import { Act, Fault, FaultKind } from './types.ts' */
/** @import { AdversaryName } from '../../dist/simulator/index.js' */

const ADVERSARY_NAMES = /** @type {AdversaryName[]} */ (Object.keys(ADVERSARIES));

/** How long faults last, milliseconds. */
const MS_MIN = 300;
const MS_MAX = 5_000;
/** Links notice a silent peer after ten seconds: now and then something lasts longer. */
const LONG_MS = 12_000;

/** Draws one fault of each kind. @type {Readonly<Record<FaultKind, (draw: Draw) => Fault>>} */
const KINDS = {
  kill: (draw) => ({ kind: 'kill', ms: draw.short(), members: draw.victims() }),
  pause: (draw) => ({ kind: 'pause', ms: draw.ms(), member: draw.member() }),
  delay: (draw) => ({
    ...{ kind: 'delay', ms: draw.ms(), wire: draw.wire() },
    delayMs: draw.between(10, 400),
    jitterMs: draw.between(0, 200),
  }),
  throttle: (draw) => ({
    ...{ kind: 'throttle', ms: draw.ms(), wire: draw.wire() },
    bytesPerSecond: draw.between(1_000, 20_000),
  }),
  'one-way': (draw) => ({
    ...{ kind: 'one-way', ms: draw.ms(), wire: draw.wire() },
    direction: draw.prng.pick(/** @type {const} */ (['there', 'back'])),
  }),
  'half-open': (draw) => ({ kind: 'half-open', ms: draw.ms(), wire: draw.wire() }),
  reset: (draw) => ({ kind: 'reset', ms: 0, wire: draw.wire() }),
  cut: (draw) => ({ kind: 'cut', ms: draw.ms(), member: draw.member() }),
  disk: (draw) => ({
    ...{ kind: 'disk', ms: draw.short(), member: draw.honest() },
    what: draw.prng.pick(/** @type {const} */ (['write', 'sync'])),
  }),
  'torn-tail': (draw) => ({
    ...{ kind: 'torn-tail', ms: draw.short(), member: draw.honest() },
    bytes: draw.between(1, 600),
  }),
  lie: (draw) => ({ kind: 'lie', ms: draw.short(), adversary: draw.prng.pick(ADVERSARY_NAMES) }),
};

export const FAULT_KINDS = /** @type {FaultKind[]} */ (Object.keys(KINDS));

class Draw {
  prng;
  #members;
  #liar;

  /** @param {Prng} prng @param {number} members @param {number | undefined} liar */
  constructor(prng, members, liar) {
    this.prng = prng;
    this.#members = members;
    this.#liar = liar;
  }

  /** @param {number} low @param {number} high */
  between(low, high) {
    return low + this.prng.below(high - low + 1);
  }

  ms() {
    return this.prng.chance(1, 12) ? LONG_MS : this.between(MS_MIN, MS_MAX);
  }

  short() {
    return this.between(0, 1_500);
  }

  member() {
    return this.prng.below(this.#members);
  }

  /** One whose log counts. */
  honest() {
    const member = this.prng.below(this.#members - (this.#liar === undefined ? 0 : 1));
    return this.#liar !== undefined && member >= this.#liar ? member + 1 : member;
  }

  wire() {
    return this.prng.below((this.#members * (this.#members - 1)) / 2);
  }

  /** Mostly one, sometimes two, sometimes all at once. */
  victims() {
    const all = Array.from({ length: this.#members }, (_, member) => member);
    if (this.prng.chance(1, 6)) return all;
    const first = this.member();
    if (!this.prng.chance(1, 4)) return [first];
    return all.filter((member) => member === first || member === (first + 1) % this.#members);
  }
}

/**
 * Two acts: all members honest, then one a liar. Kinds are dealt in rounds, each round every kind once, so that
 * none is left to chance.
 * @param {{ seed: number, members: number, seconds: number, kinds: readonly FaultKind[] }} options
 * @returns {readonly Act[]}
 */
export function planOf({ seed, members, seconds, kinds }) {
  const prng = new Prng(seed);
  const liar = prng.below(members);
  return [undefined, liar].map((who) => {
    const draw = new Draw(prng, members, who);
    const dealt = kinds.filter((kind) => kind !== 'lie' || who !== undefined);
    const faults = [];
    // More than there is time for.
    while (faults.length < 2 * seconds && dealt.length > 0) {
      for (const kind of shuffled(prng, dealt)) faults.push(KINDS[kind](draw));
    }
    return { liar: who, seconds: Math.round(seconds * (who === undefined ? 0.6 : 0.4)), faults };
  });
}

/** @template Item @param {Prng} prng @param {readonly Item[]} items */
function shuffled(prng, items) {
  const rest = [...items];
  return items.map(() => /** @type {Item} */ (rest.splice(prng.below(rest.length), 1)[0]));
}

/** A fault in words. @param {Fault} fault @param {readonly (readonly [number, number])[]} pairs of members, by wire */
export function describeFault(fault, pairs) {
  const seconds = fault.ms === 0 ? '' : ` for ${(fault.ms / 1_000).toFixed(1)} s`;
  const wire = 'wire' in fault ? `p${pairs[fault.wire]?.[0]}-p${pairs[fault.wire]?.[1]}` : '';
  switch (fault.kind) {
    case 'kill':
      return `kill -9 ${fault.members.map((id) => `p${id}`).join(' ')}, back after ${(fault.ms / 1_000).toFixed(1)} s`;
    case 'pause':
      return `SIGSTOP p${fault.member}${seconds}`;
    case 'delay':
      return `${wire} ${fault.delayMs} to ${fault.delayMs + fault.jitterMs} ms later${seconds}`;
    case 'throttle':
      return `${wire} at ${fault.bytesPerSecond} B/s${seconds}`;
    case 'one-way': {
      const [from, to] = pairs[fault.wire] ?? [];
      return fault.direction === 'there'
        ? `p${to} deaf to p${from}${seconds}`
        : `p${from} deaf to p${to}${seconds}`;
    }
    case 'half-open':
      return `${wire} broken at one end only${seconds}`;
    case 'reset':
      return `${wire} reset`;
    case 'cut':
      return `p${fault.member} cut off${seconds}`;
    case 'disk':
      return `disk of p${fault.member} fails its next ${fault.what}`;
    case 'torn-tail':
      return `kill -9 p${fault.member}, ${fault.bytes} bytes of rubbish behind its log`;
    case 'lie':
      return `the liar turns to "${fault.adversary}"`;
  }
}
