export { BlsCoin, type BlsCoinOptions } from './bls-coin.ts';
export { BLS_KEY_BYTES, BLS_SECRET_BYTES, BLS_SIGNATURE_BYTES, type BlsDeal, blsDeal } from './curve.ts';
