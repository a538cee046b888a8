/** Bytes of a frame before the payload of its only message: header, epoch, count, tag, sender, instance, length. */
export const FRAME_HEAD_BYTES = 27;

/** Buffers made here: nobody else writes before or after what stands in them. */
const roomy = new WeakSet<ArrayBufferLike>();
/** Of these, the ones whose message is in no batch yet. */
const vacant = new WeakSet<ArrayBufferLike>();

/** Shorter ones are packed into frames with others: their copies cost less than the room. */
const LONG_BYTES_MIN = 16_384;

/** `length` bytes, zeros; before a long array the head of a frame can be written: it is then copied no more. */
export function withHeadRoom(length: number): Uint8Array {
  if (length < LONG_BYTES_MIN) return new Uint8Array(length);
  const whole = new Uint8Array(FRAME_HEAD_BYTES + length);
  roomy.add(whole.buffer);
  return whole.subarray(FRAME_HEAD_BYTES);
}

/** A copy of `bytes`; of long ones with room for a frame's head and `before` more bytes, and `after` behind it. */
export function copyWithRoom(bytes: Uint8Array, before: number, after: number): Uint8Array {
  if (bytes.length < LONG_BYTES_MIN) return new Uint8Array(bytes);
  const rest = withHeadRoom(before + bytes.length + after);
  rest.set(bytes, before);
  vacant.add(rest.buffer);
  return rest.subarray(before, before + bytes.length);
}

/**
 * The room around `bytes`, if they are a `copyWithRoom` with so much of it: from the end of the frame's head on. It is
 * given once.
 */
export function claimRoom(bytes: Uint8Array, before: number, after: number): Uint8Array | undefined {
  const { byteOffset, length } = bytes;
  // Before its buffer is named: a short array gets one of its own only then.
  if (byteOffset !== FRAME_HEAD_BYTES + before) return undefined;
  const { buffer } = bytes;
  if (buffer.byteLength !== byteOffset + length + after || !vacant.delete(buffer)) return undefined;
  return new Uint8Array(buffer, FRAME_HEAD_BYTES);
}

/** The whole buffer of `bytes`, if before them there is room for a frame's head and after them nothing. */
export function roomAround(bytes: Uint8Array): Uint8Array | undefined {
  const { byteOffset, length } = bytes;
  if (byteOffset !== FRAME_HEAD_BYTES) return undefined;
  const { buffer } = bytes;
  const fits = buffer.byteLength === byteOffset + length;
  return fits && roomy.has(buffer) ? new Uint8Array(buffer) : undefined;
}
