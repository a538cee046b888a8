export {
  asDigest,
  copyDigest,
  DIGEST_BYTES,
  type Digest,
  PayloadHasher,
  portableSha256,
  type Sha256,
  type Sha256Begin,
  type Sha256Begun,
  SIGNATURE_BYTES,
  type Sign,
  type Verify,
} from './digest.ts';
export {
  ErasureCode,
  fastProduct,
  type GaloisProduct,
  portableProduct,
  SHARDS_MAX,
  type Shard,
  type WebAssemblyLike,
} from './erasure/index.ts';
export { LEAVES_MAX, type MerkleTree, merkleTree, proofHashes, provenRoot } from './merkle.ts';
export { SHAMIR_BYTES, shamirCombine, shamirDeal } from './shamir.ts';
