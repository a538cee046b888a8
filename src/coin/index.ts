export type { Coin, ShareVerdict, Toss } from './coin.ts';
export {
  type DealOptions,
  DealtCoin,
  type DealtCoinOptions,
  type DealtShare,
  dealCoins,
  dealDigest,
  type Purse,
} from './dealt.ts';
export { LocalCoin } from './local.ts';
export { type CoinId, type CoinScope, coinName, INSTANCE_BYTES_MAX } from './name.ts';
export { decodePurse, encodePurse } from './purse.ts';
