import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../src/base/index.ts';
import {
  decodeMessages,
  encodeBatch,
  FRAME_HEADER_BYTES,
  type MemberMessage,
} from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { Outgoing } from '../../src/node/outgoing.ts';

const committee = new Committee(5, 1);
const [sender, ...peers] = committee.ids as [NodeId, ...NodeId[]];
const bounds = { committee, limits: LIMITS_DEFAULT, epoch: 3 };
const digest = new PayloadHasher(portableSha256, new Uint8Array(32)).digest(0, 1, new Uint8Array());

class Sink {
  readonly sent: { to: NodeId; frames: Uint8Array }[] = [];

  send(to: NodeId, frames: Uint8Array): boolean {
    this.sent.push({ to, frames });
    return true;
  }

  /** What a peer reads. */
  heard(peer: NodeId): MemberMessage[] {
    return this.sent.flatMap(({ to, frames }) => (to === peer ? messagesIn(frames) : []));
  }
}

function messagesIn(frames: Uint8Array): MemberMessage[] {
  const messages: MemberMessage[] = [];
  for (let at = 0; at < frames.length; ) {
    const length = new DataView(frames.buffer, frames.byteOffset + at).getUint32(0);
    const decoded = decodeMessages(frames, bounds, at + FRAME_HEADER_BYTES, at + 4 + length);
    if (!decoded.ok) throw new Error(decoded.error);
    messages.push(...decoded.value);
    at += 4 + length;
  }
  return messages;
}

function echo(instance: number): MemberMessage {
  return { kind: 'instance', sender, instance, body: { kind: 'echo', digest } };
}

function initial(instance: number, bytes: number): MemberMessage {
  const payload = encodeBatch([new Uint8Array(bytes)]);
  return { kind: 'instance', sender, instance, body: { kind: 'initial', payload } };
}

test('what all peers are told alike is packed once, and the bytes are shared', () => {
  const sink = new Sink();
  const outgoing = new Outgoing(3, sink);
  for (const message of [echo(1), echo(2), initial(3, 10)])
    for (const peer of peers) outgoing.add(peer, message);
  expect(sink.sent).toEqual([]);
  outgoing.flush();
  expect(sink.sent.map(({ to }) => to)).toEqual(peers);
  expect(new Set(sink.sent.map(({ frames }) => frames)).size).toBe(1);
  expect(outgoing.messages).toBe(12);
  outgoing.flush();
  expect(sink.sent.length).toBe(4);
});

test('a long payload has one frame for all, after what was said before it', () => {
  const sink = new Sink();
  const outgoing = new Outgoing(3, sink);
  const [first, ...others] = peers as [NodeId, ...NodeId[]];
  const [own, long] = [echo(7), initial(8, 20_000)];
  outgoing.add(first, own);
  for (const peer of peers) outgoing.add(peer, long);
  outgoing.flush();
  expect(sink.heard(first)).toEqual([own, long]);
  for (const peer of others) expect(sink.heard(peer)).toEqual([long]);
  expect(new Set(sink.sent.map(({ frames }) => frames)).size).toBe(2);
});

test('what was not sent to a peer is forgotten with its link, and nobody else misses it', () => {
  const sink = new Sink();
  const outgoing = new Outgoing(3, sink);
  const [first, second] = peers as [NodeId, NodeId];
  for (const message of [echo(1), echo(2), echo(3)])
    for (const peer of [first, second]) outgoing.add(peer, message);
  outgoing.forget(first);
  outgoing.flush();
  expect(sink.heard(first)).toEqual([]);
  expect(sink.heard(second)).toEqual([echo(3), echo(1), echo(2)]);
});

test('every peer is told what is for it, once, whoever else is told the same', () => {
  const letters = fc.array(
    fc.record({ to: fc.subarray(peers, { minLength: 1 }), bytes: fc.constantFrom(-1, -1, -1, 5, 20_000) }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(letters, fc.array(fc.nat(30)), (list, flushes) => {
      const sink = new Sink();
      const outgoing = new Outgoing(3, sink);
      const expected = new Map(peers.map((peer) => [peer, [] as string[]]));
      for (const [i, { to, bytes }] of list.entries()) {
        const message = bytes < 0 ? echo(i + 1) : initial(i + 1, bytes);
        for (const peer of to) {
          outgoing.add(peer, message);
          expected.get(peer)?.push(shown(message));
        }
        if (flushes.includes(i)) outgoing.flush();
      }
      outgoing.flush();
      for (const peer of peers)
        expect(sink.heard(peer).map(shown).sort()).toEqual(expected.get(peer)?.sort());
    }),
    { numRuns: 150 },
  );
});

function shown(message: MemberMessage): string {
  if (message.kind !== 'instance') throw new Error('only instances here');
  const { body, instance } = message;
  return 'payload' in body ? `${instance} ${body.payload.length}` : `${instance} ${toHex(body.digest)}`;
}
