import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_KIND, HANDSHAKE_FRAME_BYTES_MAX } from '../../src/codec/index.ts';
import { FrameReader } from '../../src/node/link/frame-reader.ts';
import { Outbox, WRITE_BYTES_MAX } from '../../src/node/link/outbox.ts';
import { frame, rawFrame } from './harness.ts';

/** Takes bytes and says when each write is through. */
class Pipe {
  readonly writes: Uint8Array[] = [];
  ended = false;
  #done: (() => void)[] = [];

  write(bytes: Uint8Array, done: () => void): void {
    this.writes.push(new Uint8Array(bytes));
    this.#done.push(done);
  }

  end(): void {
    this.ended = true;
  }

  /** The system takes everything written so far, and what that lets follow. */
  drain(): void {
    for (let done = this.#done.shift(); done !== undefined; done = this.#done.shift()) done();
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.writes);
  }
}

const FRAME_BYTES_MAX = 1_000_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('outbox', () => {
  test('what is pushed in one turn leaves in one write', async () => {
    const pipe = new Pipe();
    const outbox = new Outbox(pipe, FRAME_BYTES_MAX, () => undefined);
    for (let i = 0; i < 50; i += 1) outbox.push(Uint8Array.of(i));
    expect(pipe.writes).toEqual([]);
    await turn();
    expect(pipe.writes).toEqual([Uint8Array.from({ length: 50 }, (_, i) => i)]);
  });

  test('what is pushed while a write is under way leaves in the next, together', async () => {
    const pipe = new Pipe();
    const outbox = new Outbox(pipe, FRAME_BYTES_MAX, () => undefined);
    outbox.push(Uint8Array.of(1));
    await turn();
    outbox.push(Uint8Array.of(2));
    await turn();
    outbox.push(Uint8Array.of(3));
    await turn();
    expect(pipe.writes).toEqual([Uint8Array.of(1)]);
    expect(outbox.queuedBytes).toBe(3);
    pipe.drain();
    expect(pipe.writes).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)]);
    expect(outbox.queuedBytes).toBe(0);
  });

  const lengths = async (frameBytesMax: number, pushed: readonly number[]): Promise<readonly number[]> => {
    const pipe = new Pipe();
    const outbox = new Outbox(pipe, frameBytesMax, () => undefined);
    for (const length of pushed) outbox.push(new Uint8Array(length));
    await turn();
    pipe.drain();
    return pipe.writes.map(({ length }) => length);
  };

  test.each([
    [
      'payloads of 64 KiB and votes share a write',
      1_000_000,
      [65_629, 65_629, 90, 65_629, 65_629],
      [196_977, 65_629],
    ],
    ['no more than a frame is put together', 140_000, [65_629, 65_629, 90, 65_629], [131_348, 65_629]],
    ['64 KiB always are', 1_000, [40_000, 25_000, 1_000], [65_000, 1_000]],
    ['the end of a payload leaves with what is before it', 2_000_000, [524_288 + 97], [262_144, 262_241]],
    ['unless it is long', 2_000_000, [262_144 + 65_536], [262_144, 65_536]],
    ['and votes behind it too', 2_000_000, [600_000, 90], [262_144, 262_144, 75_802]],
  ])('%s', async (_, frameBytesMax, pushed, written) => {
    expect(await lengths(frameBytesMax, pushed)).toEqual(written);
  });

  test('clear keeps frames whole: the rest of a chunk that has partly left still leaves', async () => {
    const pipe = new Pipe();
    const outbox = new Outbox(pipe, FRAME_BYTES_MAX, () => undefined);
    const long = new Uint8Array(600_000).fill(1);
    outbox.push(long);
    outbox.push(Uint8Array.of(2));
    await turn();
    outbox.clear();
    outbox.push(Uint8Array.of(3));
    outbox.finish();
    pipe.drain();
    expect(Buffer.from(pipe.bytes).equals(Buffer.concat([long, Uint8Array.of(3)]))).toBe(true);
    expect(pipe.ended).toBe(true);
  });

  test('whatever is pushed and whenever, the same bytes leave in the same order, in bounded writes', async () => {
    const step = fc.oneof(
      fc.record({ push: fc.oneof(fc.nat(2_000), fc.integer({ min: 250_000, max: 800_000 })) }),
      fc.constant('turn' as const),
      fc.constant('drain' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const pipe = new Pipe();
        const outbox = new Outbox(pipe, FRAME_BYTES_MAX, () => undefined);
        const pushed: Uint8Array[] = [];
        for (const [index, what] of steps.entries()) {
          if (what === 'turn') await turn();
          else if (what === 'drain') pipe.drain();
          else {
            pushed.push(new Uint8Array(what.push).fill(index + 1));
            outbox.push(pushed.at(-1) ?? new Uint8Array(0));
          }
        }
        await turn();
        pipe.drain();
        expect(Buffer.from(pipe.bytes).equals(Buffer.concat(pushed))).toBe(true);
        expect(Math.max(0, ...pipe.writes.map(({ length }) => length))).toBeLessThanOrEqual(WRITE_BYTES_MAX);
        expect(outbox.queuedBytes).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe('frame reader', () => {
  const part = fc.record({
    kind: fc.constantFrom<number>(FRAME_KIND.messages, FRAME_KIND.ping, 200),
    body: fc.uint8Array({ maxLength: 300 }),
  });

  test('cut anywhere, a stream gives the same frames', () => {
    fc.assert(
      fc.property(fc.array(part), fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (parts, cuts) => {
        const stream = Buffer.concat(parts.map(({ kind, body }) => rawFrame(kind, body)));
        const reader = new FrameReader();
        const read: { kind: number; body: Uint8Array }[] = [];
        for (let at = 0; at < stream.length; ) {
          const size = cuts.next().value ?? 1;
          const fault = reader.push(stream.subarray(at, at + size), (kind, body) => {
            read.push({ kind, body });
            return true;
          });
          expect(fault).toBeUndefined();
          at += size;
        }
        expect(read).toEqual(parts.map(({ kind, body }) => ({ kind, body: new Uint8Array(body) })));
        expect(reader.partial).toBe(false);
        expect(reader.frames).toBe(parts.length);
      }),
    );
  });

  test('random bytes never throw, and nothing longer than the bound is handed on', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
        const reader = new FrameReader();
        for (const chunk of chunks) {
          const fault = reader.push(chunk, (_, body) => body.length <= HANDSHAKE_FRAME_BYTES_MAX);
          if (fault !== undefined) break;
        }
      }),
    );
  });

  test('the bound on messages is the set one, and other kinds keep theirs', () => {
    const reader = new FrameReader();
    reader.frameBytesMax = 5_000;
    const lengths: number[] = [];
    const take = (_: number, body: Uint8Array): boolean => lengths.push(body.length) > 0;
    expect(reader.push(frame(new Uint8Array(4_998)), take)).toBeUndefined();
    expect(reader.push(frame(new Uint8Array(4_999)), take)).toBe('frame-too-large');
    expect(lengths).toEqual([4_998]);
    const other = new FrameReader();
    other.frameBytesMax = 5_000;
    expect(other.push(rawFrame(FRAME_KIND.ping, new Uint8Array(1_023)), take)).toBe('frame-too-large');
  });

  test('after the owner said stop, nothing more is handed on', () => {
    const reader = new FrameReader();
    let handed = 0;
    reader.push(Buffer.concat([frame(Uint8Array.of(1)), frame(Uint8Array.of(2))]), () => {
      handed += 1;
      return false;
    });
    expect(handed).toBe(1);
  });
});
