import { describe, expect, test } from 'vitest';
import {
  copyForBatch,
  encodeBatch,
  encodeFrame,
  FramePacker,
  type MemberMessage,
} from '../../src/codec/index.ts';
import { Committee } from '../../src/committee/index.ts';

const sender = new Committee(4, 1).member(2);

test.each([0, 1, 70_000])(
  'a payload of %i bytes alone in a frame is the frame that a packer makes',
  (bytes) => {
    const payload = new Uint8Array(bytes).fill(7);
    const messages: MemberMessage[] = [
      { kind: 'instance', sender, instance: 5, body: { kind: 'initial', payload } },
      { kind: 'instance', sender, instance: 2 ** 53 - 1, body: { kind: 'payload', payload } },
    ];
    for (const message of messages) {
      const packer = new FramePacker(3);
      packer.add(message);
      expect(encodeFrame(3, message)).toEqual(packer.take());
    }
  },
);

describe('a long message with room around it', () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7);
  const signature = new Uint8Array(64).fill(3);
  const plain = encodeBatch([bytes], signature);

  function initial(payload: Uint8Array): MemberMessage {
    return { kind: 'instance', sender: sender, instance: 9, body: { kind: 'initial', payload } };
  }

  test('becomes a batch and a frame where it stands, with the same bytes as copies', () => {
    const copy = copyForBatch(bytes);
    expect(copy).toEqual(bytes);
    const batch = encodeBatch([copy], signature);
    expect(batch).toEqual(plain);
    expect(batch.buffer).toBe(copy.buffer);
    const frame = encodeFrame(3, initial(batch));
    expect(frame.buffer).toBe(copy.buffer);
    expect(frame).toEqual(encodeFrame(3, initial(plain.slice())));
    expect(batch).toEqual(plain);
  });

  test('is batched in place only once', () => {
    const copy = copyForBatch(bytes);
    const first = encodeBatch([copy], signature);
    const second = encodeBatch([copy]);
    expect(second.buffer).not.toBe(first.buffer);
    expect(first).toEqual(plain);
  });

  test('is copied into a batch with others, and into a frame of another kind', () => {
    const copy = copyForBatch(bytes);
    const both = encodeBatch([copy, copy], signature);
    expect(both.buffer).not.toBe(copy.buffer);
    const payload: MemberMessage = {
      kind: 'instance',
      sender: sender,
      instance: 9,
      body: { kind: 'payload', payload: both },
    };
    expect(encodeFrame(3, payload).buffer).not.toBe(both.buffer);
  });
});
