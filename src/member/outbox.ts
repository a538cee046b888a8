import { bytesEqual, UsageError } from '../base/index.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchedBytes,
  batchFits,
  copyForBatch,
  encodeBatch,
  encodeEnd,
  joinBatches,
  type StreamClaim,
  successorOf,
} from '../codec/index.ts';
import type { Limits, NodeId } from '../committee/index.ts';
import type { MemberMemory } from './options.ts';
import type { BatchSigner } from './proof.ts';
import { type Batch, bytesOf, type Draft, GROUP_BYTES_MAX, isShort, type Packed, sealed } from './sealing.ts';

/**
 * This member's own application messages on their way into instances. Opens no instance at or beyond `limits.window`
 * past the base that f+1 others may still be at, nor past the byte budget: that is the backpressure its callers see.
 */
export class Outbox {
  readonly #limits: Limits;
  readonly #sign: BatchSigner | undefined;
  #pending: (Uint8Array | Packed)[] = [];
  /** How many entries at the front of `#pending` are taken already. */
  #taken = 0;
  #pendingMessages = 0;
  #pendingBytes = 0;
  /** Own instances at or above the low base, oldest first from `#landed` on: their lengths in bytes. */
  #inFlight: number[];
  #landed = 0;
  #inFlightBytes: number;
  #inFlightFrom: number;
  #nextInstance: number;
  #nextSeq: number;
  #submittedSeq: number;
  /** The END that is due, until it is said. */
  #ending: Uint8Array | undefined;
  /** What the ENDs name that were said or are due. */
  readonly #ends: Uint8Array[];

  /**
   * `sign`: writes this member's signature into its batches. `next`: where a restarted member continues.
   * `inFlight`: the lengths of its undelivered payloads, oldest first. `ends`: what the ENDs named that it said.
   */
  constructor(
    limits: Limits,
    sign: BatchSigner | undefined,
    next = FIRST,
    inFlight: readonly number[] = [],
    ends: readonly Uint8Array[] = [],
  ) {
    this.#ends = [...ends];
    this.#limits = limits;
    this.#sign = sign;
    this.#nextInstance = next.nextInstance;
    this.#nextSeq = next.nextSeq;
    this.#submittedSeq = next.nextSeq;
    this.#inFlight = [...inFlight];
    this.#inFlightBytes = inFlight.reduce((sum, length) => sum + length, 0);
    this.#inFlightFrom = next.nextInstance - inFlight.length;
  }

  /** Application messages waiting for room in the window, and their bytes. */
  get pending(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#pendingMessages, bytes: this.#pendingBytes };
  }

  /** Whether application messages, or the END, wait for room in the window. */
  get hasPending(): boolean {
    return this.#pending.length > this.#taken || this.#ending !== undefined;
  }

  /**
   * After all that was submitted comes the END, which names `successor`: a plain one once, whatever is asked for later; one
   * with `claims` takes the place of what was due, or comes after what was said.
   */
  end(successor: Uint8Array, claims: readonly StreamClaim[] = []): void {
    const last = this.#ends.at(-1);
    if (last !== undefined && (claims.length === 0 || bytesEqual(last, successor))) return;
    this.#ends.push(successor);
    this.#ending = encodeEnd(successor, claims);
  }

  /** The number the next instance of this member will have. */
  get nextInstance(): number {
    return this.#nextInstance;
  }

  /** Takes one message and gives it its number. Keeps the reference. @throws UsageError if it is too long, or after `end`. */
  submit(message: Uint8Array): number {
    this.#check(message);
    return this.#enter(message, 1, message.length);
  }

  /**
   * Takes messages, one at least, and returns the number of the last. Copies them: straight into payloads, where there are
   * enough of them to fill some. @throws UsageError as `submit`, before any is taken
   */
  submitMany(messages: readonly Uint8Array[]): number {
    for (const message of messages) this.#check(message);
    for (let at = 0; at < messages.length; ) {
      const { count, bytes } = this.#fill(messages, at);
      const some = messages.slice(at, at + count);
      if (count > 1 && bytes >= PACKED_BYTES_MIN) {
        this.#enter({ payload: encodeBatch(some), count }, count, bytes - count * EMPTY_BYTES);
      } else for (const message of some) this.#enter(copyForBatch(message), 1, message.length);
      at += count;
    }
    return this.#submittedSeq - 1;
  }

  /** How many of `messages` from `at` on fill a batch, one at least, and what they take in it. */
  #fill(messages: readonly Uint8Array[], at: number): { readonly count: number; readonly bytes: number } {
    let count = 0;
    let bytes = 0;
    for (let next = messages[at]; next !== undefined; next = messages[at + count]) {
      const more = bytes + batchedBytes(next);
      if (count > 0 && !batchFits(more, count + 1, this.#limits)) break;
      bytes = more;
      count += 1;
    }
    return { count, bytes };
  }

  #check(message: Uint8Array): void {
    if (this.#ends.length > 0) {
      throw new UsageError('this member has ended its stream: its next message belongs to the next epoch');
    }
    if (message.length > this.#limits.payloadBytes) {
      throw new UsageError(
        `a message of ${message.length} bytes is over this cluster's limit of ${this.#limits.payloadBytes}`,
      );
    }
  }

  #enter(entry: Uint8Array | Packed, count: number, bytes: number): number {
    this.#pending.push(entry);
    this.#pendingMessages += count;
    this.#pendingBytes += bytes;
    this.#submittedSeq += count;
    return this.#submittedSeq - 1;
  }

  /** The next batches: of what is pending, as many as the window from `lowBase` on has room for. */
  next(lowBase: number): readonly Batch[] {
    this.#forgetBelow(lowBase);
    const drafts: Draft[] = [];
    for (let draft = this.#draft(lowBase); draft !== undefined; draft = this.#draft(lowBase))
      drafts.push(draft);
    return sealed(drafts, this.#sign, this.#limits);
  }

  #draft(lowBase: number): Draft | undefined {
    if (this.#nextInstance >= lowBase + this.#limits.window) return undefined;
    const head = this.#pending[this.#taken];
    if (head === undefined) return this.#takeEnd();
    if ('payload' in head) return this.#takePacked(head);
    const messages: Uint8Array[] = [];
    let bytes = 0;
    for (let at = this.#taken; at < this.#pending.length; at += 1) {
      const message = this.#pending[at];
      if (message === undefined || 'payload' in message) break;
      const more = bytes + batchedBytes(message);
      if (!batchFits(more, messages.length + 1, this.#limits)) break;
      const first = messages.length === 0 && this.#flying === 0;
      if (!first && !this.#hasRoom(BATCH_OVERHEAD_BYTES + more)) break;
      bytes = more;
      messages.push(message);
    }
    const count = messages.length;
    if (count === 0) return undefined;
    this.#drop(count);
    this.#pendingMessages -= count;
    for (const message of messages) this.#pendingBytes -= message.length;
    return this.#add(messages, count, bytesOf(messages));
  }

  #hasRoom(bytes: number): boolean {
    return this.#inFlightBytes + bytes <= this.#limits.bytesPerSender;
  }

  /** What was packed, joined with what was packed after it and waits as well. */
  #takePacked(first: Packed): Draft | undefined {
    let { count } = first;
    let bytes = first.payload.length;
    if (!this.#hasRoom(bytes) && this.#flying > 0) return undefined;
    const payloads = [first.payload];
    for (;;) {
      const next = this.#pending[this.#taken + payloads.length];
      if (next === undefined || !('payload' in next)) break;
      const more = bytes + next.payload.length - BATCH_OVERHEAD_BYTES;
      if (more > JOINED_BYTES_MAX || !this.#hasRoom(more)) break;
      if (!batchFits(more - BATCH_OVERHEAD_BYTES, count + next.count, this.#limits)) break;
      payloads.push(next.payload);
      count += next.count;
      bytes = more;
    }
    this.#drop(payloads.length);
    this.#pendingMessages -= count;
    this.#pendingBytes -= bytes - BATCH_OVERHEAD_BYTES - count * EMPTY_BYTES;
    const payload = payloads.length === 1 ? first.payload : joinBatches(payloads);
    return this.#add({ payload, count }, count, bytes);
  }

  /** The next entries are no longer pending. */
  #drop(entries: number): void {
    this.#taken += entries;
    // Moving up what is left costs as much as there is of it: done once half is taken, it costs one step a message.
    if (this.#taken * 2 >= this.#pending.length) {
      this.#pending = this.#pending.slice(this.#taken);
      this.#taken = 0;
    }
  }

  #takeEnd(): Draft | undefined {
    if (this.#ending === undefined) return undefined;
    const payload = this.#ending;
    this.#ending = undefined;
    return this.#add({ payload, count: 0 }, 0, payload.length);
  }

  #add(content: Draft['content'], count: number, bytes: number): Draft {
    const draft = { instance: this.#nextInstance, content, firstSeq: this.#nextSeq };
    this.#nextInstance += 1;
    this.#nextSeq += count;
    // With the seal that it may get.
    const grouped = this.#sign !== undefined && isShort(bytes, this.#limits);
    const most = grouped ? bytes + GROUP_BYTES_MAX : bytes;
    this.#inFlight.push(most);
    this.#inFlightBytes += most;
    return draft;
  }

  #forgetBelow(lowBase: number): void {
    while (this.#inFlightFrom < lowBase && this.#flying > 0) {
      this.#inFlightBytes -= this.#inFlight[this.#landed] ?? 0;
      this.#landed += 1;
      this.#inFlightFrom += 1;
    }
    // As in `#drop`.
    if (this.#landed * 2 >= this.#inFlight.length) {
      this.#inFlight = this.#inFlight.slice(this.#landed);
      this.#landed = 0;
    }
    if (this.#flying === 0) this.#inFlightFrom = this.#nextInstance;
  }

  /** Own instances at or above the low base. */
  get #flying(): number {
    return this.#inFlight.length - this.#landed;
  }
}

/** What the ENDs named that a restarted member has said before, the last one last. */
export function endsSaid(self: NodeId, memory: MemberMemory | undefined): readonly Uint8Array[] {
  const open = (memory?.open ?? []).filter(({ sender }) => sender === self);
  const payloads = open
    .sort((a, b) => a.instance - b.instance)
    .flatMap(({ said }) => said.flatMap((message) => (message.kind === 'initial' ? [message.payload] : [])));
  const ends = payloads.flatMap((payload) => successorOf(payload) ?? []);
  return [...(memory?.streams[self]?.ends ?? []), ...ends];
}

/** The lengths of the own payloads that a restarted member has still under way, oldest first. */
export function lengthsInFlight(self: NodeId, memory: MemberMemory | undefined): number[] {
  const own = (memory?.open ?? []).filter(({ sender }) => sender === self);
  const lengths = own.map(({ instance, said }) => {
    const initial = said.find((message) => message.kind === 'initial');
    return { instance, length: initial?.payload.length ?? 0 };
  });
  return lengths.sort((a, b) => a.instance - b.instance).map(({ length }) => length);
}

/** Messages that were submitted together are packed from so many bytes on; fewer may share an instance with others. */
const PACKED_BYTES_MIN = 4_096;
/** Lists that wait together share an instance up to this length: beyond it, copying them again costs more than an instance. */
const JOINED_BYTES_MAX = 262_144;
/** What a batch takes for an empty message. */
const EMPTY_BYTES = batchedBytes(new Uint8Array(0));
const FIRST = { nextInstance: 1, nextSeq: 1 };
