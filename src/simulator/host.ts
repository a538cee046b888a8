import { assert, bytesEqual } from '../base/index.ts';
import { decodeMessages, FRAME_HEADER_BYTES, FramePacker, type MemberMessage } from '../codec/index.ts';
import type { Committee, Limits, NodeId } from '../committee/index.ts';
import {
  Member,
  type MemberEffect,
  type MemberOptions,
  type Participant,
  type Stored,
  storedOf,
} from '../member/index.ts';
import { type Delivered, isDurable, SimulatedDisk } from './disk.ts';

/** Bytes on their way. */
export interface Sent {
  readonly to: NodeId;
  readonly frames: Uint8Array;
}

/** What a turn of a host gave. */
export interface Turn {
  readonly sent: readonly Sent[];
  readonly delivered: readonly Delivered[];
  readonly skipped: readonly Extract<MemberEffect, { readonly kind: 'skip' }>[];
  readonly faults: readonly Extract<MemberEffect, { readonly kind: 'fault' }>[];
}

/** How to run a host. */
export interface HostOptions {
  readonly member: MemberOptions;
  readonly epoch: number;
  /** How many delivered instances of each sender its disk keeps; all if it is not given. */
  readonly keeps?: number;
  /** Puts an adversary in the member's place. */
  readonly corrupt?: (honest: Member) => Participant;
}

/**
 * One member and its disk, driven in turns as the node drives it: calls, then what binds becomes durable, then
 * messages leave, through the real codec.
 */
export class Host {
  readonly #options: HostOptions;
  readonly #committee: Committee;
  readonly #limits: Limits;
  readonly disk: SimulatedDisk;
  /** Empty between turns; their buffers are used again. Made for whoever asks for frames. */
  #packers: Map<NodeId, FramePacker> | undefined;
  /** Made when something is first read back. */
  #stored: Stored | undefined;
  #member: Participant;
  #honest: Member;
  #started: readonly MemberEffect[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
    this.#committee = options.member.committee;
    this.#limits = options.member.limits;
    this.disk = new SimulatedDisk(this.#committee, options.member.self, options.keeps, (sender) =>
      this.#honest.settled(sender),
    );
    this.#honest = new Member(options.member);
    this.#member = options.corrupt?.(this.#honest) ?? this.#honest;
  }

  /** The honest state machine, to look into. */
  get member(): Member {
    return this.#honest;
  }

  /** Forgets everything but the disk, as after `kill -9`; effects due from the restart come with the next turn. */
  restart(): void {
    const memory = this.disk.memory();
    this.#honest = new Member(this.#options.member, memory);
    this.#started = this.#honest.restore(memory);
    this.#member = this.#options.corrupt?.(this.#honest) ?? this.#honest;
  }

  /** One turn: `calls` on the member, its flush, the sync, and what leaves then, in frames. */
  turn(calls: (member: Participant) => readonly MemberEffect[]): Turn {
    const effects = this.finish(calls(this.#member));
    if (effects.length === 0) return NO_TURN;
    const delivered: Delivered[] = [];
    const skipped: Extract<MemberEffect, { readonly kind: 'skip' }>[] = [];
    const faults: Extract<MemberEffect, { readonly kind: 'fault' }>[] = [];
    for (const effect of effects) {
      if (isDurable(effect)) this.disk.write(effect);
      if (effect.kind === 'deliver') delivered.push(effect);
      if (effect.kind === 'skip') skipped.push(effect);
      const fault = this.fault(effect);
      if (fault !== undefined) faults.push(fault);
    }
    return { sent: this.#pack(effects), delivered, skipped, faults };
  }

  /** The state machine that acts for this member: the honest one, or an adversary in its place. */
  get participant(): Participant {
    return this.#member;
  }

  /** Ends a turn that gave `effects` so far. What comes of it is for the caller to make durable and to send. */
  finish(effects: readonly MemberEffect[]): readonly MemberEffect[] {
    const started = this.#started;
    if (started.length > 0) this.#started = [];
    const flushed = this.#member.flush();
    if (flushed.length === 0 && started.length === 0) return effects;
    if (effects.length === 0 && started.length === 0) return flushed;
    return [...started, ...effects, ...flushed];
  }

  /** The fault that an effect is, or shows when it is held against the disk. */
  fault(effect: MemberEffect): Extract<MemberEffect, { readonly kind: 'fault' }> | undefined {
    if (effect.kind !== 'late-initial') return effect.kind === 'fault' ? effect : undefined;
    const { sender, instance, payload } = effect;
    const found = this.disk.entry(sender, instance)?.delivered;
    const delivered = found && (this.disk.kept(found.digest) ?? found.payload);
    if (delivered === undefined || bytesEqual(delivered, payload)) return undefined;
    const about = { sender, instance };
    return { kind: 'fault', accused: sender, code: 'equivocation', about, payloads: [delivered, payload] };
  }

  /** The messages that an effect sends, those read back from the disk among them. */
  messages(effect: MemberEffect): readonly MemberMessage[] {
    if (effect.kind === 'send') return [effect.message];
    if (effect.kind === 'recall') return this.#recall(effect);
    if (effect.kind === 'recall-payload') {
      const { sender, instance, digest } = effect;
      const found = this.disk.entry(sender, instance)?.delivered;
      if (found === undefined) return [this.#horizon(sender)];
      if (!bytesEqual(found.digest, digest)) return [];
      const payload = this.disk.kept(digest) ?? found.payload;
      return [{ kind: 'instance', sender, instance, body: { kind: 'payload', payload } }];
    }
    if (effect.kind !== 'recall-count') return [];
    const { sender, instance } = effect;
    const messages = this.disk.messagesBefore(sender, instance);
    if (messages === undefined) return [this.#horizon(sender)];
    return [{ kind: 'history', sender, instance, body: { kind: 'count', messages } }];
  }

  /** The messages in frames of another host; what does not decode is dropped, as a link would close. */
  decode(frames: Uint8Array): readonly MemberMessage[] {
    const messages: MemberMessage[] = [];
    const bounds = { committee: this.#committee, limits: this.#limits, epoch: this.#options.epoch };
    for (let at = 0; at < frames.length; ) {
      const length = new DataView(frames.buffer, frames.byteOffset + at).getUint32(0);
      const decoded = decodeMessages(frames.subarray(at + FRAME_HEADER_BYTES, at + 4 + length), bounds);
      if (!decoded.ok) return messages;
      messages.push(...decoded.value);
      at += 4 + length;
    }
    return messages;
  }

  #pack(effects: readonly MemberEffect[]): Sent[] {
    this.#packers ??= new Map();
    for (const effect of effects) {
      if (!isSent(effect)) continue;
      const packer = this.#packers.get(effect.to) ?? new FramePacker(this.#options.epoch);
      this.#packers.set(effect.to, packer);
      for (const message of this.messages(effect)) packer.add(message);
    }
    const sent: Sent[] = [];
    for (const [to, packer] of this.#packers) if (packer.length > 0) sent.push({ to, frames: packer.take() });
    return sent;
  }

  #horizon(sender: NodeId): MemberMessage {
    return { kind: 'history', sender, instance: this.disk.firstInstance(sender), body: { kind: 'horizon' } };
  }

  #recall(effect: Extract<MemberEffect, { readonly kind: 'recall' }>): readonly MemberMessage[] {
    const { sender } = effect;
    const first = this.disk.firstInstance(sender);
    const messages: MemberMessage[] = effect.from < first ? [this.#horizon(sender)] : [];
    for (let instance = Math.max(first, effect.from); instance < effect.until; instance += 1) {
      const entry = this.disk.entry(sender, instance);
      assert(entry !== undefined, 'what lies below the base is on disk');
      const { digest, payload } = entry.delivered;
      const about = { kind: 'instance', sender, instance } as const;
      if (effect.full && sender === this.#options.member.self) {
        this.#stored ??= storedOf(this.#options.member);
        for (const body of this.#stored.beginning(instance, digest, payload, effect.to))
          messages.push({ ...about, body });
      }
      if (effect.full && entry.echo !== undefined)
        messages.push({ ...about, body: { kind: 'echo', digest: entry.echo } });
      messages.push({ ...about, body: { kind: 'done', digest } });
    }
    return messages;
  }
}

/** Whether messages come of it. */
export function isSent(effect: MemberEffect): effect is Extract<MemberEffect, { readonly to: NodeId }> {
  return 'to' in effect;
}

/** Most turns: a vote that crosses no threshold. */
const NO_TURN: Turn = { sent: [], delivered: [], skipped: [], faults: [] };
