export {
  BLS_KEY_BYTES,
  BLS_SECRET_BYTES,
  BLS_SIGNATURE_BYTES,
  BlsCoin,
  type BlsCoinOptions,
  type BlsDeal,
  blsDeal,
} from './bls/index.ts';
