export {
  asDigest,
  copyDigest,
  DIGEST_BYTES,
  type Digest,
  PayloadHasher,
  portableSha256,
  type Sha256,
  SIGNATURE_BYTES,
  type Sign,
  type Verify,
} from './digest.ts';
