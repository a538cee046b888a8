export {
  AGREEMENT_BODY_BYTES_MAX,
  AGREEMENT_FORMS,
  AGREEMENT_WORDS_MAX,
  type AgreementForm,
  type AgreementWord,
  agreementForm,
  agreementFormNumber,
  decodeAgreementFrame,
  encodeAgreementFrames,
  TOPIC_BYTES_MAX,
  VALUE_BYTES_MAX,
} from './agreement-frame.ts';
export {
  type AgreementMessage,
  type Bits,
  decodeAgreement,
  encodeAgreement,
  ROUND_MAX,
  SHARE_BYTES_MAX,
} from './agreement-message.ts';

export {
  BATCH_FIRST_AT,
  BATCH_OVERHEAD_BYTES,
  batchBytesMax,
  batchedBytes,
  batchFits,
  copyForBatch,
  countBatch,
  decodeBatch,
  encodeBatch,
  joinBatches,
  lengthInBatch,
  messagesOf,
  nextInBatch,
  sealOf,
  signatureOf,
  unsignedBatch,
} from './batch.ts';
export { answerBytesMax, HOLDING_HEAD_BYTES } from './coded-codec.ts';
export {
  claimsOf,
  END_BYTES,
  encodeEnd,
  endBytesMax,
  type OpenClaim,
  type StreamClaim,
  successorOf,
} from './end.ts';
export { FRAME_HEADER_BYTES, FRAME_KIND, versionOf, WIRE_VERSION } from './frame.ts';
export { decodeMessages, FrameCursor, type MessageBounds, type VoteAt } from './frame-cursor.ts';
export {
  decodeHandshake,
  encodeHandshake,
  HANDSHAKE_FRAME_BYTES_MAX,
  type HandshakeMessage,
  type Hello,
  LOG_ID_BYTES,
  REJECT_DETAIL_BYTES_MAX,
  REJECT_REASONS,
  type RejectReason,
} from './handshake.ts';
export type {
  CodedMessage,
  HistoryMessage,
  InstanceMessage,
  MemberMessage,
  ShardMessage,
  VoteKind,
} from './message.ts';
export { encodedBytes, encodeFrame, FramePacker, frameBytesMax } from './message-codec.ts';
export { type Decoded, type DecodeError, Reader, refuse } from './reader.ts';
export {
  GROUP_MAX,
  type GroupPlace,
  groupPlaceOf,
  groupSealBytes,
  SEAL_BYTES_MAX,
  writeGroupSeal,
} from './seal.ts';
export { FRAME_MESSAGES_MAX } from './tags.ts';
export { Writer } from './writer.ts';
