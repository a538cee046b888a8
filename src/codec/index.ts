export { batchBytesMax, batchedBytes, batchFits, decodeBatch, encodeBatch } from './batch.ts';
export { FRAME_HEADER_BYTES, FRAME_KIND, WIRE_VERSION } from './frame.ts';
export type { InstanceMessage, MemberMessage } from './message.ts';
export {
  decodeMessages,
  encodedBytes,
  FRAME_MESSAGES_MAX,
  FramePacker,
  frameBytesMax,
  type MessageBounds,
} from './message-codec.ts';
export { type Decoded, type DecodeError, Reader, refuse } from './reader.ts';
export { Writer } from './writer.ts';
