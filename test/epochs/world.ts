import { Prng } from '../../src/base/index.ts';
import { type BroadcastForm, rulesOf } from '../../src/broadcast/index.ts';
import {
  claimsOf,
  encodeEnd,
  type MemberMessage,
  type StreamClaim,
  successorOf,
} from '../../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT, type Limits, type NodeId } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import type { Member, MemberEffect, Participant } from '../../src/member/index.ts';
import { Host, type Turn } from '../../src/simulator/index.ts';
import { cutsOf } from '../../src/stream/index.ts';

export const LIMITS: Limits = { ...LIMITS_DEFAULT, window: 6, messagesPerInstance: 2, payloadBytes: 8_192 };

/** A definition that follows: what it is called and whom it gives up. */
export interface Change {
  readonly successor: Uint8Array;
  readonly givenUp: readonly NodeId[];
}

export interface WorldOptions {
  readonly n: number;
  readonly seed: number;
  readonly form: BroadcastForm;
  /** How many are given up in the end. */
  readonly givenUp: number;
  /** How many of the others lie: no more than f less those. */
  readonly liars: number;
  /** Payloads are sent in shards. */
  readonly coded?: boolean;
  /** Those that are given up have one face only, and keep to the protocol as long as they live. */
  readonly honest?: boolean;
}

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly frames: Uint8Array;
}

/**
 * Members over a network that shuffles what is on its way, and loses what is on its way to one that is killed. Those that are
 * given up run twice: each of the two knows half of the others, and they say different things in their streams and about those
 * of others. Liars claim whatever the seed says.
 */
export class World {
  readonly committee: Committee;
  /** The first n are the members; then come the second faces of those that have two. */
  readonly hosts: readonly Host[];
  readonly gone: readonly NodeId[];
  readonly liars: readonly NodeId[];
  /** Neither given up nor lying. */
  readonly correct: readonly NodeId[];
  readonly prng: Prng;
  readonly #form: BroadcastForm;
  readonly #twins: readonly NodeId[];
  /** By correct member: the changes that it has accepted, the last one in force. */
  readonly accepted: Change[][];
  /** By member: which change its streams were cut for in its present life. */
  readonly #settled: (Change | undefined)[];
  #letters: Letter[] = [];

  /** They hear and say nothing any more. */
  readonly silent = new Set<number>();

  constructor({ n, seed, form, givenUp, liars, coded = false, honest = false }: WorldOptions) {
    this.prng = new Prng(seed);
    this.#form = form;
    this.committee = new Committee(n, faultyMax(n));
    const { ids } = this.committee;
    this.gone = ids.slice(n - givenUp);
    this.liars = ids.slice(n - givenUp - liars, n - givenUp);
    this.correct = ids.slice(0, n - givenUp - liars);
    this.accepted = ids.map(() => []);
    this.#settled = ids.map(() => undefined);
    this.#twins = honest ? [] : this.gone;
    const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
    const lastOf = (self: NodeId): readonly NodeId[] => this.accepted[self]?.at(-1)?.givenUp ?? [];
    const host = (self: NodeId, lies: boolean): Host =>
      new Host({
        member: {
          ...{ committee: this.committee, self, form, limits: LIMITS, hasher },
          ...(coded ? { coding: { membersMin: 2, bytesMin: 1 } } : {}),
          get givenUp() {
            return lastOf(self);
          },
        },
        epoch: 1,
        ...(lies ? { corrupt: (honest: Member) => tampered(honest, hasher, this.prng) } : {}),
      });
    this.hosts = [
      ...ids.map((id) => host(id, this.liars.includes(id))),
      ...this.#twins.map((id) => host(id, false)),
    ];
    for (const at of this.hosts.keys()) for (const peer of this.#peersOf(at)) this.#link(at, peer);
  }

  #idOf(at: number): NodeId {
    return this.#twins[at - this.committee.n] ?? this.committee.member(at);
  }

  /** Which face of a member another one knows. */
  #faceOf(id: NodeId, other: NodeId): number {
    const twin = this.#twins.indexOf(id);
    return twin >= 0 && other % 2 === 1 ? this.committee.n + twin : id;
  }

  #peersOf(at: number): NodeId[] {
    const self = this.#idOf(at);
    return this.committee.ids.filter((id) => id !== self && this.#faceOf(self, id) === at);
  }

  /** Told of a member that is killed, before it comes back. */
  onKill: (at: number) => void = () => undefined;

  #link(at: number, peer: NodeId): void {
    this.turn(at, (member) => member.linkUp(peer));
  }

  turn(at: number, calls: (member: Participant) => readonly MemberEffect[]): Turn {
    const turn = this.host(at).turn(calls);
    if (this.silent.has(at)) return turn;
    for (const { to, frames } of turn.sent)
      this.#letters.push({ from: at, to: this.#faceOf(to, this.#idOf(at)), frames });
    return turn;
  }

  host(at: number): Host {
    const host = this.hosts[at];
    if (host === undefined) throw new Error(`no host ${at}`);
    return host;
  }

  /** One letter arrives, or time passes, or somebody correct is killed and comes back. */
  step(kills: boolean): void {
    const letter = this.#letters.splice(this.prng.below(Math.max(1, this.#letters.length)), 1)[0];
    if (letter === undefined || this.prng.chance(1, 40)) {
      for (const at of this.hosts.keys()) this.turn(at, (member) => member.tick());
    }
    if (letter !== undefined && !this.silent.has(letter.to)) {
      const from = this.#idOf(letter.from);
      const host = this.host(letter.to);
      for (const message of host.decode(letter.frames))
        this.turn(letter.to, (member) => member.handle(from, message));
    }
    const victim = this.correct[this.prng.below(this.correct.length)] ?? 0;
    if (kills && this.prng.chance(1, 200) && !this.silent.has(victim)) this.#kill(victim);
  }

  #kill(at: number): void {
    this.onKill(at);
    const id = this.committee.member(at);
    this.#letters = this.#letters.filter(({ from, to }) => from !== at && to !== at);
    this.host(at).restart();
    this.#settled[at] = undefined;
    for (const peer of this.#peersOf(at)) {
      this.#link(at, peer);
      this.#link(this.#faceOf(peer, id), id);
    }
    // It finds the file that it was handed.
    const last = this.accepted[at]?.at(-1);
    if (last !== undefined) this.#end(at, last);
  }

  /** A member goes over to the next definition, as a node does that was handed it. */
  accept(at: NodeId, change: Change): void {
    this.accepted[at]?.push(change);
    this.#settled[at] = undefined;
    this.#end(at, change);
  }

  #end(at: number, { successor, givenUp }: Change): void {
    const { disk, member } = this.host(at);
    const delivered = (sender: NodeId, instance: number): Digest | undefined =>
      disk.entry(sender, instance)?.delivered.digest;
    this.turn(at, () => member.end(successor, givenUp, delivered));
  }

  /** What this member delivered of that sender, in order. */
  log(at: number, sender: NodeId): readonly Uint8Array[] {
    return this.host(at)
      .disk.log.filter((entry) => entry.sender === sender)
      .map(({ payload }) => payload);
  }

  /** Cuts the streams of those that are given up, once the ENDs of all others are delivered here. */
  look(at: NodeId): void {
    const change = this.accepted[at]?.at(-1);
    if (change === undefined || change.givenUp.length === 0 || this.#settled[at] === change) return;
    const others = this.committee.ids.filter((id) => !change.givenUp.includes(id));
    const ends = others.map((id) =>
      this.log(at, id).find((payload) => successorOf(payload)?.[0] === change.successor[0]),
    );
    if (!ends.every((end) => end !== undefined)) return;
    this.#settled[at] = change;
    const cuts = cutsOf(this.committee, rulesOf(this.committee, this.#form), LIMITS, change.givenUp, ends);
    for (const [sender, cut] of cuts) {
      this.cuts.set(`${at} ${sender}`, cut.last);
      this.turn(at, () => this.host(at).member.settle(sender, cut));
    }
  }

  /** By member and sender: the last instance, once it is known there. */
  readonly cuts = new Map<string, number>();

  /** Whether this member has delivered all that there is for this change. */
  drained(at: NodeId, change: Change): boolean {
    if (this.#settled[at] !== change) return false;
    const streams = this.host(at).member.streams();
    return change.givenUp.every((id) => {
      const { base = 0, broken = false } = streams[id] ?? {};
      return broken || base > (this.cuts.get(`${at} ${id}`) ?? 0);
    });
  }
}

/** A member whose END claims what is not so. */
function tampered(honest: Member, hasher: PayloadHasher, prng: Prng): Participant {
  const told = new Map<string, { readonly digest: Digest; readonly payload: Uint8Array }>();
  const tamper = (effects: readonly MemberEffect[]): readonly MemberEffect[] => {
    for (const effect of effects) {
      if (effect.kind !== 'send' || effect.message.kind !== 'instance') continue;
      const { sender, instance, body } = effect.message;
      if (sender !== honest.self || body.kind !== 'initial' || told.has(`${instance}`)) continue;
      const successor = successorOf(body.payload);
      const claims = claimsOf(body.payload, LIMITS);
      if (successor === undefined || claims.length === 0) continue;
      const payload = encodeEnd(
        successor,
        claims.map((claim) => lie(claim, hasher, prng)),
      );
      told.set(`${instance}`, { digest: hasher.digest(sender, instance, payload), payload });
    }
    return effects.map((effect) => {
      if (effect.kind === 'send' && effect.message.kind === 'instance')
        return { ...effect, message: swapped(effect.message, honest.self, told) };
      if (effect.kind !== 'said' || effect.sender !== honest.self) return effect;
      const lied = told.get(`${effect.instance}`);
      return lied === undefined || effect.statement === 'ready' ? effect : { ...effect, digest: lied.digest };
    });
  };
  return {
    restore: (memory) => honest.restore(memory),
    handle: (from, message) => tamper(honest.handle(from, message)),
    submit: (message) => honest.submit(message),
    linkUp: (peer) => tamper(honest.linkUp(peer)),
    linkDown: (peer) => honest.linkDown(peer),
    tick: () => tamper(honest.tick()),
    flush: () => tamper(honest.flush()),
  };
}

function swapped(
  message: Extract<MemberMessage, { kind: 'instance' }>,
  self: NodeId,
  told: ReadonlyMap<string, { readonly digest: Digest; readonly payload: Uint8Array }>,
): MemberMessage {
  const lied = message.sender === self ? told.get(`${message.instance}`) : undefined;
  if (lied === undefined) return message;
  const { body } = message;
  if (body.kind === 'initial') return { ...message, body: { kind: 'initial', payload: lied.payload } };
  if (body.kind === 'payload') return { ...message, body: { kind: 'payload', payload: lied.payload } };
  if (body.kind === 'echo') return { ...message, body: { kind: 'echo', digest: lied.digest } };
  return message;
}

/** A claim as a liar makes it: of the same form, and about anything. */
function lie({ sender, base, delivered, open }: StreamClaim, hasher: PayloadHasher, prng: Prng): StreamClaim {
  const noise = (): Digest => hasher.digest(sender, 1, Uint8Array.of(prng.below(256)));
  const either = (digest: Digest | undefined): Digest | undefined =>
    prng.chance(1, 3) ? noise() : prng.chance(1, 4) ? undefined : digest;
  if (prng.chance(1, 4)) return { sender, base: base + prng.below(5), delivered: [], open: [] };
  const known = [...delivered, ...open.flatMap(({ echo, ready }) => [echo, ready])];
  const some = (): Digest => known[prng.below(Math.max(1, known.length))] ?? noise();
  const told = Array.from({ length: LIMITS.window }, (_, offset) => {
    const honest = open.find(({ instance }) => instance === base + offset);
    const ready = either(honest?.ready ?? (prng.chance(1, 2) ? some() : undefined));
    return { instance: base + offset, echo: either(honest?.echo ?? some()), ready };
  });
  return {
    ...{ sender, base, delivered: prng.chance(1, 2) ? delivered : delivered.map(noise) },
    open: told.filter(({ echo, ready }) => echo !== undefined || ready !== undefined),
  };
}
