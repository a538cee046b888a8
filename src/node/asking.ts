import { encodedBytes, type MemberMessage } from '../codec/index.ts';
import type { Committee, Limits, NodeId } from '../committee/index.ts';
import type { MemberEffect } from '../member/index.ts';

/** A peer is told so often about an instance whatever it has asked for: links break, and what does not fit is dropped. */
const TELLS_FREE = 8;
/** What may be asked for at once, in terms of what is granted in a second. */
const BURST_SECONDS = 4;
/** Questions a second that a committee of any size and window has: a member says how far it is twenty times. */
const QUESTIONS_LEAST = 64;
/** A STATUS that tells of progress counts for so much of a question. */
const NEWS = 1 / 8;
/** A peer that was over its allowance counts as such for so long, milliseconds. */
const RECENT_MS = 10_000;

/** An allowance that grows with time. */
class Bucket {
  readonly perSecond: number;
  #debt = 0;
  #reckonedMs = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  spend(amount: number, nowMs: number): void {
    this.#workOff(nowMs);
    this.#debt += amount;
  }

  isOver(nowMs: number): boolean {
    this.#workOff(nowMs);
    return this.#debt > BURST_SECONDS * this.perSecond;
  }

  #workOff(nowMs: number): void {
    this.#debt = Math.max(0, this.#debt - ((nowMs - this.#reckonedMs) * this.perSecond) / 1_000);
    this.#reckonedMs = nowMs;
  }
}

/** How often a peer was told about each instance of a window, by sender. Who asks for a later one has the earlier. */
class Tells {
  readonly #window: number;
  readonly #bySender = new Map<NodeId, { readonly instances: Float64Array; readonly times: Uint8Array }>();

  constructor(window: number) {
    this.#window = window;
  }

  /** One time more; false if that were too many. */
  isFree(sender: NodeId, instance: number): boolean {
    let { instances, times } = this.#bySender.get(sender) ?? {};
    if (instances === undefined || times === undefined) {
      instances = new Float64Array(this.#window);
      times = new Uint8Array(this.#window);
      this.#bySender.set(sender, { instances, times });
    }
    const place = instance % this.#window;
    const before = instances[place] ?? 0;
    if (before > instance) return false;
    const told = before === instance ? (times[place] ?? 0) : 0;
    instances[place] = instance;
    times[place] = Math.min(told + 1, TELLS_FREE);
    return told < TELLS_FREE;
  }
}

class Peer {
  readonly questions: Bucket;
  readonly bytes: Bucket;
  readonly pulls: Tells;
  readonly ranges: Tells;
  /** By sender: the highest base that it reported. */
  readonly bases: Float64Array;
  over = false;
  limited = 0;
  overMs = Number.NEGATIVE_INFINITY;

  constructor({ n }: Committee, { window, bytesPerSender }: Limits) {
    this.questions = new Bucket(n * window + QUESTIONS_LEAST);
    this.bytes = new Bucket(bytesPerSender);
    this.pulls = new Tells(window);
    this.ranges = new Tells(window);
    this.bases = new Float64Array(n);
  }
}

/** What an `Asking` is made of. */
export interface AskingOptions {
  readonly committee: Committee;
  readonly limits: Limits;
  /** The peer asked for more than is granted, for the first time. */
  readonly onLimited: (peer: NodeId) => void;
}

/**
 * What peers ask for, and whether it is more than a member needs. Told about each instance eight times, a peer has spent
 * nothing: a member that catches up, over whatever links, goes on at their pace. What it is told beyond that is held
 * against `bytesPerSender` a second, and questions that bring nothing new against the size of all windows a second, with
 * four seconds' worth at once. While it is over that its frames wait. `docs/limits.md`.
 */
export class Asking {
  readonly #options: AskingOptions;
  readonly #peers = new Map<NodeId, Peer>();

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** Whether what it asks has to wait. `nowMs`: of a clock that never goes back. */
  isOver(peer: NodeId, nowMs: number): boolean {
    const state = this.#peers.get(peer);
    if (state === undefined) return false;
    state.over = state.over && (state.questions.isOver(nowMs) || state.bytes.isOver(nowMs));
    if (state.over) state.overMs = nowMs;
    return state.over;
  }

  /** How often it went over what is granted. */
  limited(peer: NodeId): number {
    return this.#peers.get(peer)?.limited ?? 0;
  }

  /** Whether it did so lately. */
  isLimited(peer: NodeId, nowMs: number): boolean {
    return nowMs - (this.#peers.get(peer)?.overMs ?? Number.NEGATIVE_INFINITY) < RECENT_MS;
  }

  /** It sent a message that is no vote, and this is what came of it. */
  heard(peer: NodeId, message: MemberMessage, effects: readonly MemberEffect[], nowMs: number): void {
    if (message.kind === 'status') {
      const isNews = this.#isNews(this.#peer(peer), message.bases);
      this.asked(peer, isNews ? NEWS : 1, nowMs);
      if (message.resync) this.told(peer, bytesTo(peer, effects), nowMs);
    } else if (message.kind === 'history') {
      if (message.body.kind === 'ask') this.asked(peer, 1, nowMs);
    } else if (message.body.kind === 'pull') {
      if (effects.length === 0) this.asked(peer, 1, nowMs);
      const bytes = bytesTo(peer, effects);
      if (bytes > 0 && !this.isFreePull(peer, message.sender, message.instance))
        this.told(peer, bytes, nowMs);
    }
  }

  /** So many questions. */
  asked(peer: NodeId, questions: number, nowMs: number): void {
    this.#spend(peer, this.#peer(peer).questions, questions, nowMs);
  }

  /** It was told so many bytes beyond what is free. */
  told(peer: NodeId, bytes: number, nowMs: number): void {
    this.#spend(peer, this.#peer(peer).bytes, bytes, nowMs);
  }

  /** Whether it may be given this payload without spending anything. Counts. */
  isFreePull(peer: NodeId, sender: NodeId, instance: number): boolean {
    return this.#peer(peer).pulls.isFree(sender, instance);
  }

  /** Whether it may be told everything about this instance without spending anything. Counts. */
  isFreeRange(peer: NodeId, sender: NodeId, instance: number): boolean {
    return this.#peer(peer).ranges.isFree(sender, instance);
  }

  #spend(peer: NodeId, bucket: Bucket, amount: number, nowMs: number): void {
    const state = this.#peer(peer);
    bucket.spend(amount, nowMs);
    if (!bucket.isOver(nowMs)) return;
    state.overMs = nowMs;
    if (state.over) return;
    state.over = true;
    state.limited += 1;
    if (state.limited === 1) this.#options.onLimited(peer);
  }

  #isNews({ bases: known }: Peer, bases: readonly number[]): boolean {
    let news = false;
    for (const [sender, base] of bases.entries()) {
      if (base <= (known[sender] ?? base)) continue;
      known[sender] = base;
      news = true;
    }
    return news;
  }

  #peer(peer: NodeId): Peer {
    const known = this.#peers.get(peer);
    if (known !== undefined) return known;
    const state = new Peer(this.#options.committee, this.#options.limits);
    this.#peers.set(peer, state);
    return state;
  }
}

function bytesTo(peer: NodeId, effects: readonly MemberEffect[]): number {
  let bytes = 0;
  for (const effect of effects)
    if (effect.kind === 'send' && effect.to === peer) bytes += encodedBytes(effect.message);
  return bytes;
}

/** The warning about a peer that asks for more than a member needs. */
export function askingTooMuch(peer: string): {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
} {
  return {
    code: 'peer-asks-too-much',
    message: `${peer} asks for the same again and again, more than a member needs: what it says has to wait`,
    hint: 'nobody else waits for it; docs/limits.md says what is granted, and its operators should be asked why',
  };
}
