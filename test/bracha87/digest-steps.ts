import type { StepBroadcast, StepBroadcastFactory } from '../../src/agreement/index.ts';
import { bytesEqual } from '../../src/base/index.ts';
import { Bracha, rulesOf } from '../../src/broadcast/index.ts';
import type { InstanceMessage } from '../../src/codec/index.ts';
import type { Committee, NodeId } from '../../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { type Effect, type Effects, NOTHING } from '../../src/protocol/index.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));

/** Steps over the broadcast of payloads, whose votes carry digests: the agreement does not know the difference. */
export function digestSteps(committee: Committee, self: NodeId): StepBroadcastFactory<InstanceMessage> {
  return ({ phase, step, sender, values }) => {
    const payloads = Array.from({ length: values }, (_, value) => Uint8Array.of(value));
    const digestOf = (payload: Uint8Array): Digest => hasher.digest(sender, phase * 4 + step, payload);
    const machine = new Bracha({
      committee,
      self,
      sender,
      rules: rulesOf(committee, 'early'),
      digestOf,
      valid: ([value]) => value !== undefined && value < values,
      payloadBytesMax: 1,
    });
    return new DigestStep(machine, payloads, digestOf);
  };
}

type Out = Effect<InstanceMessage, number>;

class DigestStep implements StepBroadcast<InstanceMessage> {
  readonly #machine: Bracha;
  readonly #payloads: readonly Uint8Array[];
  readonly #digestOf: (payload: Uint8Array) => Digest;
  readonly #said: InstanceMessage[] = [];
  #delivered: Uint8Array | undefined;
  proposed: number | undefined;

  constructor(machine: Bracha, payloads: readonly Uint8Array[], digestOf: (payload: Uint8Array) => Digest) {
    this.#machine = machine;
    this.#payloads = payloads;
    this.#digestOf = digestOf;
  }

  get terminated(): boolean {
    return this.#machine.terminated;
  }

  propose(value: number): Effects<InstanceMessage, number> {
    const effects = this.#map(this.#machine.propose(this.#payloads[value] ?? new Uint8Array(2)));
    this.proposed = value;
    return effects;
  }

  handle(from: NodeId, message: InstanceMessage): Effects<InstanceMessage, number> {
    const delivered = this.#delivered;
    if (message.kind === 'pull' && delivered !== undefined)
      return [{ kind: 'send', to: from, message: { kind: 'payload', payload: delivered } }];
    return this.#map(this.#machine.handle(from, message));
  }

  /** Of a few values each payload is known by its digest: nothing had to be kept. */
  restore(said: readonly InstanceMessage[]): Effects<InstanceMessage, number> {
    const held = said.flatMap((message): InstanceMessage[] => {
      if (message.kind === 'initial') this.proposed = message.payload[0];
      const payload = message.kind === 'echo' ? this.#payloadOf(message.digest) : undefined;
      return payload === undefined ? [message] : [{ kind: 'payload', payload }, message];
    });
    this.#said.push(...said);
    return this.#map(this.#machine.restore(held));
  }

  said(): readonly InstanceMessage[] {
    return this.#said;
  }

  retry(): Effects<InstanceMessage, number> {
    return this.#map(this.#machine.retry());
  }

  linkReset(peer: NodeId): void {
    this.#machine.linkReset(peer);
  }

  #map(effects: ReturnType<Bracha['handle']>): Effects<InstanceMessage, number> {
    if (effects.length === 0) return NOTHING;
    const mapped = effects.flatMap((effect): Out[] => {
      if (effect.kind === 'keep') return [];
      if (effect.kind === 'broadcast') this.#said.push(effect.message);
      if (effect.kind !== 'output') return [effect];
      this.#delivered = effect.output.payload;
      return [{ kind: 'output', output: effect.output.payload[0] ?? 0 }];
    });
    return mapped.length === 0 ? NOTHING : mapped;
  }

  #payloadOf(digest: Digest): Uint8Array | undefined {
    return this.#payloads.find((payload) => bytesEqual(this.#digestOf(payload), digest));
  }
}
