import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeMessages,
  FRAME_HEADER_BYTES,
  FrameCursor,
  FramePacker,
  type MemberMessage,
} from '../../src/codec/index.ts';
import { BOUNDS, bodyOf, digest, frameOf, VECTORS } from './vectors.ts';

function echoes(from: number, count: number): MemberMessage[] {
  const sender = BOUNDS.committee.member(2);
  return Array.from({ length: count }, (_, i) => {
    return { kind: 'instance', sender, instance: from + i, body: { kind: 'echo', digest: digest(i) } };
  });
}

/** What a cursor shows of the body of a frame. */
function shownBy(cursor: FrameCursor, body: Uint8Array, at = 0): readonly (MemberMessage | undefined)[] {
  expect(cursor.open(body, at)).toBe(undefined);
  const shown: (MemberMessage | undefined)[] = [];
  while (cursor.next()) shown.push(cursor.message());
  expect(cursor.next()).toBe(false);
  return shown;
}

test.each([
  [1, 1],
  [2, 1],
  [255, 1],
  [256, 2],
  [511, 3],
])('%i votes on consecutive instances have %i heads between them', (votes, heads) => {
  const frame = frameOf(echoes(7, votes));
  expect(frame.length).toBe(FRAME_HEADER_BYTES + 6 + 12 * heads + 32 * votes);
  expect(decodeMessages(bodyOf(frame), BOUNDS)).toEqual({ ok: true, value: echoes(7, votes) });
});

test('a run ends with its frame, and the next frame begins another', () => {
  const packer = new FramePacker(BOUNDS.epoch);
  const all = echoes(1, 3_000);
  for (const message of all) packer.add(message);
  const frames = packer.take();
  const cursor = new FrameCursor(BOUNDS);
  const read: (MemberMessage | undefined)[] = [];
  let count = 0;
  for (let at = 0; at < frames.length; count += 1) {
    const length = new DataView(frames.buffer, at).getUint32(0);
    expect(length).toBeLessThanOrEqual(65_536);
    read.push(...shownBy(cursor, frames.slice(at, at + 4 + length), FRAME_HEADER_BYTES));
    at += 4 + length;
  }
  expect(count).toBe(2);
  expect(read).toEqual(all);
});

test('one cursor shows frame after frame what decoding gives, and votes where they stand', () => {
  const cursor = new FrameCursor(BOUNDS);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...VECTORS), { minLength: 1, maxLength: 6 }), (vectors) => {
      const messages = vectors.flatMap((vector) => vector.messages);
      const body = bodyOf(frameOf(messages));
      expect(shownBy(cursor, body)).toEqual(messages);
      expect(cursor.count).toBe(messages.length);
      cursor.open(body);
      for (const message of messages) {
        cursor.next();
        const { vote } = cursor;
        const isVote = message.kind === 'instance' && ['echo', 'ready', 'done'].includes(message.body.kind);
        expect(vote !== undefined).toBe(isVote);
        if (vote === undefined || message.kind !== 'instance' || !('digest' in message.body)) continue;
        const { sender, instance, bytes, at } = vote;
        expect({ sender, instance, digest: bytes.slice(at, at + 32) }).toEqual({
          sender: message.sender,
          instance: message.instance,
          digest: message.body.digest,
        });
      }
    }),
    { numRuns: 300 },
  );
});

test('a frame that is refused leaves nothing behind for the next', () => {
  const cursor = new FrameCursor(BOUNDS);
  const good = bodyOf(frameOf(echoes(1, 3)));
  expect(cursor.open(good.subarray(0, good.length - 1))).toBe('truncated');
  expect(shownBy(cursor, good)).toEqual(echoes(1, 3));
});
