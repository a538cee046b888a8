/** The version of the wire that this code speaks: what HELLO offers. `docs/wire.md` is its specification. */
export const WIRE_VERSION = 3;

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
  /** The file of the definition that is to follow, as JSON. */
  epoch: 18,
} as const;

/** Frames of a link itself are the same in every version, so that members of different ones can tell each other so. */
const LINK_VERSION = 1;

/** The version byte of a frame of this kind. */
export function versionOf(kind: number): number {
  return kind < FRAME_KIND.messages ? LINK_VERSION : WIRE_VERSION;
}
