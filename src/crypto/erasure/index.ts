export { ErasureCode, SHARDS_MAX, type Shard } from './code.ts';
export { fastProduct, type WebAssemblyLike } from './kernel.ts';
export { type GaloisProduct, portableProduct } from './portable.ts';
