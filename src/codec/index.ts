export { FRAME_HEADER_BYTES, FRAME_KIND, WIRE_VERSION } from './frame.ts';
export type { InstanceMessage, MemberMessage } from './message.ts';
export { type Decoded, type DecodeError, Reader, refuse } from './reader.ts';
export { Writer } from './writer.ts';
