import { expect, test } from 'vitest';
import { encodeFrame, FramePacker, type MemberMessage } from '../../src/codec/index.ts';
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
