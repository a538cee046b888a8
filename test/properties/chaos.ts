import type { Prng } from '../../src/base/index.ts';
import { type CodedMessage, encodeBatch, type MemberMessage } from '../../src/codec/index.ts';
import type { Committee, NodeId } from '../../src/committee/index.ts';
import type { PayloadHasher } from '../../src/crypto/index.ts';
import type { Member, MemberEffect, MemberMemory, Participant } from '../../src/member/index.ts';

/** What a chaotic member works with. */
export interface ChaosOptions {
  readonly committee: Committee;
  readonly hasher: PayloadHasher;
  readonly window: number;
  /** A payload no correct member of the cluster would find too long. */
  readonly payloadBytes: number;
  readonly prng: Prng;
  /** Forgeries it has left, so that a run comes to an end. */
  readonly forgeries: number;
}

const MEMORY = 64;

/**
 * Follows the protocol in part: some of what it should say is lost, and on every occasion it may send anybody
 * something forged, drawn from what it has heard: another kind of vote, another digest, another sender, an instance
 * further on, a payload that nobody asked for, a STATUS out of thin air.
 */
export class Chaos implements Participant {
  readonly #honest: Member;
  readonly #options: ChaosOptions;
  readonly #heard: Extract<MemberMessage, { kind: 'instance' }>[] = [];
  #left: number;

  constructor(honest: Member, options: ChaosOptions) {
    this.#honest = honest;
    this.#options = options;
    this.#left = options.forgeries;
  }

  restore(memory: MemberMemory): readonly MemberEffect[] {
    return this.#honest.restore(memory);
  }

  submit(message: Uint8Array): number {
    return this.#honest.submit(message);
  }

  handle(from: NodeId, message: MemberMessage): readonly MemberEffect[] {
    if (message.kind === 'instance') {
      if (this.#heard.length < MEMORY) this.#heard.push(message);
      else this.#heard[this.#options.prng.below(MEMORY)] = message;
    }
    return this.#mangled(this.#honest.handle(from, message), 3);
  }

  linkUp(peer: NodeId): readonly MemberEffect[] {
    return this.#mangled(this.#honest.linkUp(peer), 1);
  }

  linkDown(peer: NodeId): void {
    this.#honest.linkDown(peer);
  }

  tick(): readonly MemberEffect[] {
    return this.#mangled(this.#honest.tick(), 2);
  }

  flush(): readonly MemberEffect[] {
    return this.#mangled(this.#honest.flush(), 1);
  }

  #mangled(effects: readonly MemberEffect[], occasions: number): readonly MemberEffect[] {
    const { prng } = this.#options;
    const kept = effects.filter((effect) => {
      return (
        effect.kind === 'keep' || effect.kind === 'said' || effect.kind === 'deliver' || prng.chance(4, 5)
      );
    });
    for (let i = 0; i < occasions && this.#left > 0; i += 1) {
      if (prng.chance(1, 2)) continue;
      this.#left -= 1;
      kept.push({ kind: 'send', to: prng.pick(this.#options.committee.ids), message: this.#forged() });
    }
    return kept.filter((effect) => effect.kind !== 'send' || effect.to !== this.#honest.self);
  }

  #forged(): MemberMessage {
    const { committee, prng, window } = this.#options;
    if (prng.chance(1, 6)) {
      return { kind: 'status', bases: committee.ids.map(() => this.#instance()), resync: prng.chance(1, 2) };
    }
    const model = this.#heard.length > 0 && prng.chance(7, 8) ? prng.pick(this.#heard) : undefined;
    const sender = model !== undefined && prng.chance(7, 8) ? model.sender : prng.pick(committee.ids);
    const shift = prng.chance(1, 8) ? prng.below(2 * window + 2) : 0;
    const instance = Math.min((model?.instance ?? this.#instance()) + shift, Number.MAX_SAFE_INTEGER);
    return { kind: 'instance', sender, instance, body: this.#body(sender, instance, model?.body) };
  }

  #instance(): number {
    const { prng, window } = this.#options;
    return prng.chance(1, 10) ? Number.MAX_SAFE_INTEGER - prng.below(4 * window) : 1 + prng.below(4 * window);
  }

  #body(sender: NodeId, instance: number, model: CodedMessage | undefined): CodedMessage {
    const { prng, hasher, payloadBytes } = this.#options;
    const evil = encodeBatch([new Uint8Array(prng.below(payloadBytes)).fill(prng.below(3))]);
    const payload = model !== undefined && 'payload' in model && prng.chance(1, 2) ? model.payload : evil;
    const known = model !== undefined && 'digest' in model && prng.chance(2, 3);
    const digest = known ? model.digest : hasher.digest(sender, instance, payload);
    const kind = prng.pick(['initial', 'echo', 'ready', 'done', 'pull', 'payload'] as const);
    return kind === 'initial' || kind === 'payload' ? { kind, payload } : { kind, digest };
  }
}
