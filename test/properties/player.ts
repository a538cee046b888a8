import { bytesEqual } from '../../src/base/index.ts';
import { Bracha, type BrachaOptions } from '../../src/broadcast/index.ts';
import type { InstanceMessage } from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import type { Digest } from '../../src/crypto/index.ts';
import type { Effects } from '../../src/protocol/index.ts';
import { toyDigest } from './adversary.ts';

type Effect = Effects<InstanceMessage, { readonly digest: Digest; readonly payload: Uint8Array }>[number];

/** What became of a player's part in a run that it must not do. */
export type Breach = 'delivered-twice' | 'said-twice' | 'vouched-without-payload' | 'wrong-bytes' | 'memory';

/**
 * One correct member in a run over a single instance: the machine, what it made durable, and what it answers once it
 * has delivered, as a stream and a store do for it.
 */
export class Player {
  readonly id: NodeId;
  readonly breaches: Breach[] = [];
  readonly accused = new Set<NodeId>();
  /** What it delivered, durably or not. */
  delivered: Uint8Array | undefined;
  /** The delivery is on disk: the machine is gone, DONE stands for it. */
  settled = false;
  readonly #options: BrachaOptions;
  #machine: Bracha;
  readonly #said = new Map<'initial' | 'echo' | 'ready', InstanceMessage>();
  #vouched: Uint8Array | undefined;
  readonly #answered = new Set<NodeId>();
  readonly #send: (to: NodeId, message: InstanceMessage) => void;

  constructor(options: BrachaOptions, send: (to: NodeId, message: InstanceMessage) => void) {
    this.id = options.self;
    this.#options = options;
    this.#machine = new Bracha(options);
    this.#send = send;
  }

  get machine(): Bracha {
    return this.#machine;
  }

  propose(payload: Uint8Array): void {
    this.#carry(this.#machine.propose(payload));
  }

  handle(from: NodeId, message: InstanceMessage): void {
    const { delivered } = this;
    if (message.kind !== 'pull' || delivered === undefined) {
      if (!this.settled) this.#carry(this.#machine.handle(from, message));
    } else if (bytesEqual(message.digest, toyDigest(delivered)) && !this.#answered.has(from)) {
      this.#answered.add(from);
      this.#send(from, { kind: 'payload', payload: delivered });
    }
  }

  retry(): void {
    if (!this.settled) this.#carry(this.#machine.retry());
  }

  /** The delivery becomes durable: from here on the instance is answered from the store. */
  settle(): void {
    if (this.delivered !== undefined) this.settled = true;
  }

  /** Loses all but what is durable, as after `kill -9`. */
  restart(): void {
    this.#answered.clear();
    if (this.settled) return;
    this.delivered = undefined;
    this.#machine = new Bracha(this.#options);
    const said: InstanceMessage[] = [];
    if (this.#vouched !== undefined && !this.#said.has('initial')) {
      said.push({ kind: 'payload', payload: this.#vouched });
    }
    for (const message of this.#said.values()) said.push(message);
    this.#carry(this.#machine.restore(said));
  }

  /** A new link to `peer`: what it is owed goes out again. */
  linkReset(peer: NodeId): void {
    this.#answered.delete(peer);
    if (!this.settled) this.#machine.linkReset(peer);
    for (const message of this.#owedTo(peer)) this.#send(peer, message);
  }

  #owedTo(peer: NodeId): readonly InstanceMessage[] {
    if (!this.settled || this.delivered === undefined) return this.#machine.owedTo(peer);
    const owed: InstanceMessage[] = [];
    const initial = this.#said.get('initial');
    const echo = this.#said.get('echo');
    if (initial !== undefined) owed.push(initial);
    if (echo !== undefined) owed.push(echo);
    owed.push({ kind: 'done', digest: toyDigest(this.delivered) });
    return owed;
  }

  #carry(effects: Effects<InstanceMessage, { readonly digest: Digest; readonly payload: Uint8Array }>): void {
    for (const effect of effects) this.#carryOne(effect);
    const { n } = this.#options.committee;
    const values = this.#machine.inspect().values;
    if (values.length > 2 * n + 1 || values.filter(({ held }) => held).length > 2) {
      this.breaches.push('memory');
    }
  }

  #carryOne(effect: Effect): void {
    switch (effect.kind) {
      case 'keep':
        this.#vouched = effect.payload;
        if (!bytesEqual(toyDigest(effect.payload), effect.digest)) this.breaches.push('wrong-bytes');
        break;
      case 'broadcast':
        this.#say(effect.message);
        break;
      case 'send':
        this.#send(effect.to, effect.message);
        break;
      case 'output':
        if (this.delivered !== undefined) this.breaches.push('delivered-twice');
        this.delivered = effect.output.payload;
        if (!bytesEqual(toyDigest(effect.output.payload), effect.output.digest)) {
          this.breaches.push('wrong-bytes');
        }
        break;
      case 'fault':
        this.accused.add(effect.accused);
        break;
    }
  }

  #say(message: InstanceMessage): void {
    const { committee } = this.#options;
    if (message.kind === 'initial' || message.kind === 'echo' || message.kind === 'ready') {
      if (this.#said.has(message.kind)) this.breaches.push('said-twice');
      this.#said.set(message.kind, message);
    }
    if (message.kind === 'echo') {
      const held = this.#vouched !== undefined && bytesEqual(toyDigest(this.#vouched), message.digest);
      if (!held) this.breaches.push('vouched-without-payload');
    }
    for (const peer of committee.ids) if (peer !== this.id) this.#send(peer, message);
    this.#carry(this.#machine.handle(this.id, message));
  }
}
