export { type CoinDeal, dealCoin } from './deal.ts';
export { openCoin } from './open.ts';
export { type CoinShare, loadCoinShare, requireShareOf, writeCoinShare } from './share.ts';
