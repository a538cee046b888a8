export type { Coin, ShareVerdict, Toss } from './coin.ts';
export { LocalCoin } from './local.ts';
export { type CoinId, type CoinScope, coinName, INSTANCE_BYTES_MAX } from './name.ts';
