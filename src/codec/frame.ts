/** The version of the wire that this code speaks, in every frame. `docs/wire.md` is its specification. */
export const WIRE_VERSION = 1;

/** Bytes before a frame's body: length (u32, of all that follows it), version (u8), kind (u8). */
export const FRAME_HEADER_BYTES = 6;

/** What a frame carries. */
export const FRAME_KIND = {
  hello: 1,
  accept: 2,
  reject: 3,
  ping: 4,
  pong: 5,
  messages: 16,
  agreement: 17,
} as const;
