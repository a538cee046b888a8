import type { Bit } from '../base/index.ts';
import type { Coin, Toss } from './coin.ts';

/**
 * Every member tosses for itself. [Ben-Or 1983] Nobody has to be trusted and nothing is sent, but members see different
 * values: only protocols that are safe whatever each of them shows may use it, and with many members it takes long until
 * enough of them agree by chance.
 *
 * `chance` gives a fair bit that nobody else can know; the core has none of its own.
 */
export class LocalCoin implements Coin {
  readonly common = false;
  readonly shareBytesMax = 0;
  readonly #chance: () => Bit;

  constructor(chance: () => Bit) {
    this.#chance = chance;
  }

  /** Tossed at the first look. After a restart the toss is another one: what was said stands, not what was tossed. */
  toss(): Toss {
    let tossed: Bit | undefined;
    return {
      share: () => undefined,
      add: () => 'invalid',
      value: () => {
        tossed ??= this.#chance();
        return tossed;
      },
    };
  }
}
