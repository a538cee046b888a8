import type { Prng } from '../../base/index.ts';
import { type CodedMessage, encodeBatch, type MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Mind, MindContext } from '../world/index.ts';
import { Ear, type Heard } from './ear.ts';

/** What a liar keeps at hand: ears, dice, and short ways to say things as one of its members. */
export class Liar implements Mind {
  readonly context: MindContext;
  readonly prng: Prng;
  readonly ear: Ear;
  readonly #act: (liar: Liar) => void;
  readonly #hear: ((liar: Liar, from: NodeId, to: NodeId, message: MemberMessage) => void) | undefined;
  /** How often it acted. */
  acts = 0;

  /** `act`: its turn. `hear`: at every message anybody sends. */
  constructor(
    context: MindContext,
    act: (liar: Liar) => void,
    hear?: (liar: Liar, from: NodeId, to: NodeId, message: MemberMessage) => void,
  ) {
    this.context = context;
    this.prng = context.prng;
    this.ear = new Ear(context.hasher);
    this.#act = act;
    this.#hear = hear;
  }

  observe(from: NodeId, to: NodeId, message: MemberMessage): void {
    this.ear.hear(message);
    this.#hear?.(this, from, to, message);
  }

  act(): void {
    this.acts += 1;
    this.#act(this);
  }

  /** One of its members. */
  get me(): NodeId {
    return this.prng.pick(this.context.faulty);
  }

  /** The payload of a story: different numbers, different payloads. */
  story(from: number, instance: number, version: number): Uint8Array {
    const text = `lie ${from}.${instance}.${version}`;
    const batch = encodeBatch([Uint8Array.from(text, (char) => char.charCodeAt(0))]);
    this.context.sign(from, instance, batch);
    return batch;
  }

  digestOf(sender: NodeId, instance: number, payload: Uint8Array): Digest {
    return this.context.hasher.digest(sender, instance, payload);
  }

  /** Says `body` about an instance to some members. */
  say(from: NodeId, to: readonly NodeId[], sender: NodeId, instance: number, body: CodedMessage): void {
    for (const peer of to) {
      if (peer !== from) this.context.send(from, peer, { kind: 'instance', sender, instance, body });
    }
  }

  /** All its members vote for a digest, towards some members. */
  vote(
    kinds: readonly ('echo' | 'ready' | 'done')[],
    to: readonly NodeId[],
    heard: Pick<Heard, 'sender' | 'instance'>,
    digest: Digest,
  ): void {
    for (const from of this.context.faulty) {
      for (const kind of kinds) this.say(from, to, heard.sender, heard.instance, { kind, digest });
    }
  }

  /** A digest that names nothing. */
  nonsense(): Digest {
    const bytes = Uint8Array.from({ length: 8 }, () => this.prng.below(256));
    return this.context.hasher.digest(0, 0, bytes);
  }

  /** The correct members, those chosen by `side`. */
  those(side: (id: NodeId, index: number) => boolean): readonly NodeId[] {
    return this.context.correct.filter(side);
  }

  /** An instance that was heard of; undefined at the beginning. */
  anyHeard(): Heard | undefined {
    const { instances } = this.ear;
    return instances.length === 0 ? undefined : this.prng.pick(instances);
  }
}
