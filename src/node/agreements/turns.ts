import { bytesEqual } from '../../base/index.ts';
import { type AgreementWord, decodeAgreementFrame, encodeAgreementFrames } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import {
  type AgreementEffect,
  type AgreementParticipant,
  SYNC,
  type TopicValue,
} from '../../member/index.ts';
import type { Store } from '../store/index.ts';

/** What agreements need of the node around them. */
export interface AgreementTurnsOptions {
  readonly agreements: AgreementParticipant;
  readonly store: Store;
  readonly epoch: number;
  readonly send: (peer: NodeId, frames: Uint8Array) => void;
  /** The peer sent a frame that no correct member sends: its link ends. */
  readonly malformed: (peer: NodeId, detail: string) => void;
  readonly fault: (effect: Extract<AgreementEffect, { readonly kind: 'fault' }>) => void;
  /** Durable by now. */
  readonly decided: (effect: Extract<AgreementEffect, { readonly kind: 'decided' }>) => void;
}

/**
 * The agreements of a member in the turns of its driver: what they state goes to the log with everything else of the turn,
 * under the same sync, and what they say leaves after it.
 */
export class AgreementTurns {
  readonly #options: AgreementTurnsOptions;
  /** Of the turn being collected, or of calls since the last one. */
  #effects: AgreementEffect[] = [];
  /** Of the turn whose sync is under way. */
  #turn: readonly AgreementEffect[] = [];
  messagesIn = 0;
  messagesOut = 0;

  constructor(options: AgreementTurnsOptions) {
    this.#options = options;
    this.#take(options.agreements.restore(options.store.agreements()));
  }

  /** As `Agreements.propose`, at once. What comes of it leaves with the next turn. @throws UsageError */
  propose(topic: string, value: TopicValue): void {
    this.#take(this.#options.agreements.propose(topic, value));
  }

  /** How often the peer did what no correct member does, and how often it asked for what it alone was told. */
  frame(from: NodeId, body: Uint8Array): { readonly faults: number; readonly questions: number } {
    const { agreements, epoch, malformed } = this.#options;
    const decoded = decodeAgreementFrame(body, epoch);
    if (!decoded.ok) {
      malformed(from, decoded.error);
      return { faults: 1, questions: 0 };
    }
    this.messagesIn += decoded.value.length;
    let [faults, questions] = [0, 0];
    for (const word of decoded.value) {
      const effects = agreements.handle(from, word);
      for (const effect of effects) {
        if (effect.kind === 'fault' && effect.accused === from) faults += 1;
        this.#effects.push(effect);
      }
      if (bytesEqual(word.body, SYNC) || isAnswer(from, effects)) questions += 1;
    }
    return { faults, questions };
  }

  linkUp(peer: NodeId): void {
    this.#take(this.#options.agreements.linkUp(peer));
  }

  linkDown(peer: NodeId): void {
    this.#options.agreements.linkDown(peer);
  }

  tick(): void {
    this.#take(this.#options.agreements.tick());
  }

  /** Ends the collecting: appends what binds. True if there was anything. */
  append(): boolean {
    this.#turn = this.#effects;
    this.#effects = [];
    let binding = false;
    for (const effect of this.#turn) {
      if (effect.kind !== 'stated' && effect.kind !== 'settled') continue;
      this.#options.store.append(effect);
      binding = true;
    }
    return binding;
  }

  /** What binds is durable: everything else may leave. */
  release(): void {
    const { send, epoch, decided, fault } = this.#options;
    const words = new Map<NodeId, AgreementWord[]>();
    for (const effect of this.#turn) {
      if (effect.kind === 'decided') decided(effect);
      else if (effect.kind === 'fault') fault(effect);
      else if (effect.kind === 'send') {
        const known = words.get(effect.to);
        if (known === undefined) words.set(effect.to, [effect]);
        else known.push(effect);
      }
    }
    this.#turn = [];
    for (const [peer, all] of words) {
      this.messagesOut += all.length;
      send(peer, encodeAgreementFrames(epoch, all));
    }
  }

  #take(effects: readonly AgreementEffect[]): void {
    for (const effect of effects) this.#effects.push(effect);
  }
}

/** Whether all that came of a word is something for the peer alone. */
function isAnswer(peer: NodeId, effects: readonly AgreementEffect[]): boolean {
  return effects.length > 0 && effects.every((effect) => effect.kind === 'send' && effect.to === peer);
}
