export {
  asDigest,
  copyDigest,
  DIGEST_BYTES,
  type Digest,
  PayloadHasher,
  portableSha256,
  type Sha256,
} from './digest.ts';
