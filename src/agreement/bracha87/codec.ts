import type { ShortMessage } from '../../broadcast/index.ts';
import { type Decoded, Reader, refuse, Writer } from '../../codec/index.ts';
import type { Committee } from '../../committee/index.ts';
import type { Bracha87Message } from './message.ts';
import { STEPS, type Step, valuesOf } from './steps.ts';

/** Steps over `ShortBroadcast`, as they stand on the wire and in the log. */
export type Bracha87WireMessage = Bracha87Message<ShortMessage>;

const TAG = { initial: 1, echo: 2, ready: 3, decide: 4, again: 5 } as const;
const KINDS = ['initial', 'echo', 'ready'] as const;

/** Longest message, bytes. */
export const BRACHA87_BYTES_MAX = 7;

/** One message: at most `BRACHA87_BYTES_MAX` bytes, a new array. `docs/wire.md` */
export function encodeBracha87(message: Bracha87WireMessage): Uint8Array {
  const writer = new Writer(BRACHA87_BYTES_MAX);
  write(writer, message);
  return writer.takeWhole();
}

/** The message in these bytes, all of them. */
export function decodeBracha87(bytes: Uint8Array, committee: Committee): Decoded<Bracha87WireMessage> {
  const reader = new Reader(bytes);
  const message = read(reader, committee);
  const error = reader.end();
  return message !== undefined && error === undefined
    ? { ok: true, value: message }
    : refuse(error ?? 'out-of-range');
}

function write(writer: Writer, message: Bracha87WireMessage): void {
  switch (message.kind) {
    case 'step': {
      const { phase, step, sender, body } = message;
      writer.u8(TAG[body.kind]).u16(phase).u8(step).u16(sender).u8(body.value);
      return;
    }
    case 'decide':
      writer.u8(TAG.decide).u8(message.value);
      return;
    case 'again':
      writer.u8(TAG.again).u16(message.phase);
  }
}

/** The next message; undefined, with the reader's error set, if it is none. */
function read(reader: Reader, committee: Committee): Bracha87WireMessage | undefined {
  const tag = reader.u8();
  if (tag === TAG.decide) {
    const value = reader.u8();
    if (value > 1) reader.fail('out-of-range');
    return reader.error === undefined ? { kind: 'decide', value: value === 0 ? 0 : 1 } : undefined;
  }
  if (tag !== TAG.again && KINDS[tag - 1] === undefined) {
    reader.fail('unknown-kind');
    return undefined;
  }
  const phase = reader.u16();
  if (phase === 0) reader.fail('out-of-range');
  if (tag === TAG.again) return reader.error === undefined ? { kind: 'again', phase } : undefined;
  const step: Step | undefined = STEPS[reader.u8() - 1];
  const sender = committee.node(reader.u16());
  const value = reader.u8();
  const kind = KINDS[tag - 1];
  if (step === undefined || sender === undefined || kind === undefined || value >= valuesOf(step)) {
    reader.fail('out-of-range');
    return undefined;
  }
  return reader.error === undefined
    ? { kind: 'step', phase, step, sender, body: { kind, value } }
    : undefined;
}
