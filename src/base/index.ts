export { AssertionError, assert, unreachable } from './assert.ts';
export type { Bit } from './bit.ts';
export type { Brand } from './brand.ts';
export {
  bytesEqual,
  bytesEqualAt,
  concatBytes,
  copyBytes,
  fromHex,
  RETAINED_PER_SIXTEEN,
  retained,
  toHex,
} from './bytes.ts';
export { checkCall, SIGNAL_ONLY } from './call-options.ts';
export { UsageError } from './errors.ts';
export { Prng } from './prng.ts';
export {
  ERROR_CODES,
  type ErrorDetails,
  QuorumcastError,
  type QuorumcastErrorCode,
} from './quorumcast-error.ts';
export { reasonOf } from './reason.ts';
export { onAbort, type Signal } from './signal.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
