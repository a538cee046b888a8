export { DIGEST_BYTES, type Digest, PayloadHasher, type Sha256, asDigest, portableSha256 } from './digest.ts';
