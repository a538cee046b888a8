import type { Model } from '../../src/simulator/index.ts';

/** Where a process stands: without INIT, with it, ECHO sent, accepted. */
const V0 = 0;
const V1 = 1;
const SENT = 2;
const ACCEPTED = 3;

/**
 * One-round reliable broadcast of Srikanth and Toueg as the TLA+ specification bcastByz writes it down (tlaplus/Examples,
 * specifications/bcastByz; Konnov, Tran, Widder 2016), variable for variable: who is faulty is a part of the state, and
 * so is where a faulty process stands. A step receives any set of messages and acts upon it at once.
 */
export class BcastByz implements Model {
  readonly words = 1;
  readonly #n: number;
  readonly #t: number;
  readonly #f: number;
  readonly #nobody: boolean;
  /** Steps as TLC counts them: one for each set of messages and action. */
  generated = 0;

  /** Four processes, so that a state is one word. `nobody`: nobody has INIT (InitNoBcast), and unforgeability is judged. */
  constructor(t: number, f: number, { nobody = false }: { readonly nobody?: boolean } = {}) {
    this.#n = 4;
    this.#t = t;
    this.#f = f;
    this.#nobody = nobody;
  }

  start(emit: (state: Uint32Array) => void): void {
    const n = this.#n;
    for (let faulty = 0; faulty < 1 << n; faulty += 1) {
      if (ones(faulty) !== this.#f) continue;
      for (let initial = 0; initial < (this.#nobody ? 1 : 1 << n); initial += 1) {
        const at = Array.from({ length: n }, (_, process) => ((initial >> process) & 1 ? V1 : V0));
        this.generated += 1;
        emit(pack({ faulty, at, sent: 0, received: new Array<number>(n).fill(0) }));
      }
    }
  }

  expand(word: Uint32Array, emit: (state: Uint32Array) => void): readonly string[] {
    const state = unpack(word, this.#n);
    const { faulty, at, sent, received } = state;
    for (let self = 0; self < this.#n; self += 1) {
      if ((faulty >> self) & 1) continue;
      const offered = sent | faulty;
      // Every subset of what may be received; subsets that add nothing are steps too.
      for (let fresh = offered; ; fresh = (fresh - 1) & offered) {
        const got = (received[self] ?? 0) | fresh;
        for (const [to, says] of this.#actions(at[self] ?? V0, ones(got))) {
          this.generated += 1;
          const next = { faulty, sent: says ? sent | (1 << self) : sent };
          emit(pack({ ...next, at: at.with(self, to), received: received.with(self, got) }));
        }
        if (fresh === 0) break;
      }
    }
    // "UNCHANGED vars": the self-loop of terminating computations.
    this.generated += 1;
    const accepted = at.some((place, process) => place === ACCEPTED && !((faulty >> process) & 1));
    return this.#nobody && accepted ? ['unforgeability'] : [];
  }

  describe(states: readonly Uint32Array[]): string[] {
    return states.map((state) => JSON.stringify(unpack(state, this.#n)));
  }

  /** Where a process may go with so many messages, and whether it says ECHO. */
  #actions(place: number, count: number): (readonly [number, boolean])[] {
    const actions: (readonly [number, boolean])[] = [];
    const accepts = count >= this.#n - this.#t;
    if (place === V1) actions.push([SENT, true]);
    if (place <= V1 && count >= this.#n - 2 * this.#t && !accepts) actions.push([SENT, true]);
    if (place <= V1 && accepts) actions.push([ACCEPTED, true]);
    if (place === SENT && accepts) actions.push([ACCEPTED, false]);
    return actions;
  }
}

interface State {
  readonly faulty: number;
  readonly at: readonly number[];
  readonly sent: number;
  readonly received: readonly number[];
}

/** n bits each for faulty and sent, 2n for the places, n² for what was received: 32 for n = 4. */
function pack({ faulty, at, sent, received }: State): Uint32Array {
  const n = at.length;
  let word = faulty;
  let shift = n;
  // Multiplied and not shifted, so that bit 31 stays a number.
  for (const [values, width] of [
    [at, 2],
    [[sent], n],
    [received.slice(0, n), n],
  ] as const) {
    for (const value of values) {
      word += value * 2 ** shift;
      shift += width;
    }
  }
  return Uint32Array.of(word);
}

function unpack(state: Uint32Array, n: number): State {
  let rest = state[0] ?? 0;
  const take = (bits: number): number => {
    const value = rest % 2 ** bits;
    rest = Math.floor(rest / 2 ** bits);
    return value;
  };
  const many = (count: number, bits: number): number[] => Array.from({ length: count }, () => take(bits));
  const faulty = take(n);
  const at = many(n, 2);
  const sent = take(n);
  return { faulty, at, sent, received: many(n, n) };
}

function ones(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
