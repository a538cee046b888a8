import { assert } from '../base/index.ts';
import type { InstanceMessage } from '../codec/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { MemberEffect, MemberMemory, Statement } from '../member/index.ts';
import { hexOf } from './digest-hex.ts';

/** The durable effects of a member. */
export type Durable = Extract<MemberEffect, { readonly kind: 'keep' | 'said' | 'deliver' }>;
/** Whether an effect is to be made durable. */
export function isDurable(effect: MemberEffect): effect is Durable {
  return effect.kind === 'keep' || effect.kind === 'said' || effect.kind === 'deliver';
}

/** What a member delivered. */
export type Delivered = Extract<MemberEffect, { readonly kind: 'deliver' }>;

/** By statement; its keys stand in the order in which they were said. */
type Said = Partial<Record<Statement, Digest>>;

/**
 * What survives a crash of a simulated member: the same facts that the node's log holds, without bytes and files.
 * Also the proof that a member says nothing twice differently: `write` asserts it.
 */
export class SimulatedDisk {
  readonly #committee: Committee;
  readonly #self: NodeId;
  readonly #kept = new Map<string, Uint8Array>();
  readonly #said: Map<number, Said>[];
  readonly #delivered: Delivered[][];
  #own = { nextInstance: 1, nextSeq: 1 };
  /** In the order of delivery here. */
  readonly log: Delivered[] = [];

  constructor(committee: Committee, self: NodeId) {
    this.#committee = committee;
    this.#self = self;
    this.#said = committee.ids.map(() => new Map());
    this.#delivered = committee.ids.map(() => []);
  }

  /** Makes one effect durable. Throws if the member says something other than it said before: our own bug. */
  write(effect: Durable): void {
    if (effect.kind === 'keep') this.#kept.set(hexOf(effect.digest), effect.payload);
    else if (effect.kind === 'said') this.#writeSaid(effect);
    else {
      const delivered = this.#delivered[effect.sender];
      assert(delivered !== undefined && delivered.length === effect.instance - 1, 'deliveries come in order');
      delivered.push(effect);
      this.log.push(effect);
    }
  }

  /** Whether nothing was ever written. */
  get empty(): boolean {
    return this.log.length === 0 && this.#kept.size === 0;
  }

  /** A delivered instance, with this member's own ECHO in it if it said one. */
  entry(sender: NodeId, instance: number): { delivered: Delivered; echo: Digest | undefined } | undefined {
    const delivered = this.#delivered[sender]?.[instance - 1];
    return delivered && { delivered, echo: this.#said[sender]?.get(instance)?.echo };
  }

  /** What a restarted member begins with. */
  memory(): MemberMemory {
    const streams = this.#delivered.map((list) => {
      const last = list.at(-1);
      return {
        base: list.length + 1,
        nextSeq: last === undefined ? 1 : last.firstSeq + last.count,
      };
    });
    const open: { sender: NodeId; instance: number; said: InstanceMessage[] }[] = [];
    for (const sender of this.#committee.ids) {
      const base = streams[sender]?.base ?? 1;
      for (const [instance, said] of this.#said[sender] ?? []) {
        if (instance >= base) open.push({ sender, instance, said: this.#messages(said) });
      }
    }
    return { streams, own: this.#own, open };
  }

  /** In the order in which they were said, as the node's store hands them out. */
  #messages(said: Said): InstanceMessage[] {
    const messages: InstanceMessage[] = [];
    for (const statement of keysOf(said)) {
      const digest = said[statement];
      if (digest === undefined) continue;
      if (statement !== 'ready' && !(statement === 'echo' && said.initial !== undefined)) {
        const payload = this.#kept.get(hexOf(digest));
        if (payload !== undefined)
          messages.push({ kind: statement === 'initial' ? 'initial' : 'payload', payload });
      }
      if (statement !== 'initial') messages.push({ kind: statement, digest });
    }
    return messages;
  }

  #writeSaid(effect: Extract<Durable, { readonly kind: 'said' }>): void {
    const { sender, instance, statement, digest } = effect;
    const instances = this.#said[sender];
    assert(instances !== undefined, 'a sender is a member');
    const said = instances.get(instance) ?? {};
    if (said[statement] !== undefined) assert(false, `${statement} is said once in ${sender}:${instance}`);
    said[statement] = digest;
    instances.set(instance, said);
    if (statement === 'initial' && sender === this.#self) {
      this.#own = { nextInstance: instance + 1, nextSeq: effect.firstSeq + effect.count };
    }
  }
}

function keysOf(said: Said): readonly Statement[] {
  return Object.keys(said) as Statement[];
}
