import {
  Bracha87,
  type Bracha87View,
  type Bracha87WireMessage,
  type Decision,
  decodeBracha87,
  encodeBracha87,
  shortSteps,
} from '../../agreement/index.ts';
import type { Bit } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Effects } from '../../protocol/index.ts';
import type { AgreementEffect } from './effect.ts';

type Body = Extract<Bracha87WireMessage, { readonly kind: 'step' }>['body'];

/** The last phase that members begin: with coins tossed at random, nobody gets near it. Part of the wire. */
export const AGREEMENT_PHASES_MAX = 32;

/** "Tell me all that you said about this." The one message that is no message of the agreement itself. */
export const SYNC = Uint8Array.of(0);

/** What an open topic is made of. */
export interface TopicOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly name: string;
  readonly toss: (phase: number, topic: string) => Bit;
  /** Who spoke of it first: this member, if it proposed first. */
  readonly openedBy: NodeId;
  /** The members whose links are up. */
  readonly isUp: (peer: NodeId) => boolean;
}

/** One agreement under way, and what goes with it: bytes, own copies, who was told what. */
export class Topic {
  readonly openedBy: NodeId;
  /** What this member proposed. */
  proposal: Bit | undefined;
  /** The tick at which something last changed, and that of the last request to be told everything. */
  movedTick = 0;
  askedTick = Number.NEGATIVE_INFINITY;
  readonly #options: TopicOptions;
  readonly #machine: Bracha87<Body>;
  /** By peer: the tick at which it was last told everything. */
  readonly #toldTick: number[];

  constructor(options: TopicOptions) {
    const { committee, self, toss, name } = options;
    this.openedBy = options.openedBy;
    this.#options = options;
    this.#machine = new Bracha87({
      committee,
      self,
      toss: (phase) => toss(phase, name),
      broadcast: shortSteps(committee, self),
      phasesMax: AGREEMENT_PHASES_MAX,
    });
    this.#toldTick = committee.ids.map(() => Number.NEGATIVE_INFINITY);
  }

  get ended(): boolean {
    return this.#machine.terminated;
  }

  get decision(): Decision | undefined {
    return this.#machine.decision;
  }

  propose(value: Bit, effects: AgreementEffect[]): void {
    this.proposal = value;
    this.#carry(this.#machine.propose(value), effects, false);
  }

  /** A message of another member. False if it is none. */
  handle(from: NodeId, body: Uint8Array, effects: AgreementEffect[]): boolean {
    const decoded = decodeBracha87(body, this.#options.committee);
    if (!decoded.ok) return false;
    this.#carry(this.#machine.handle(from, decoded.value), effects, false);
    return true;
  }

  restore(stated: readonly Uint8Array[], effects: AgreementEffect[]): void {
    const { committee, self } = this.#options;
    const said = stated.flatMap((statement) => {
      const decoded = decodeBracha87(statement, committee);
      return decoded.ok ? [decoded.value] : [];
    });
    for (const message of said) {
      const first = message.kind === 'step' && message.phase === 1 && message.step === 1;
      if (first && message.sender === self && message.body.kind === 'initial')
        this.proposal = message.body.value === 0 ? 0 : 1;
    }
    this.#carry(this.#machine.restore(said), effects, true);
  }

  /** Tells `peer` everything that this member said. At most once in `pauseTicks`. */
  tell(peer: NodeId, tick: number, pauseTicks: number, effects: AgreementEffect[]): void {
    if (tick - (this.#toldTick[peer] ?? 0) < pauseTicks) return;
    this.#toldTick[peer] = tick;
    for (const message of this.#machine.said()) this.#send(peer, encodeBracha87(message), effects);
  }

  /** The link to `peer` is new: it may be told everything again. */
  linkReset(peer: NodeId): void {
    this.#toldTick[peer] = Number.NEGATIVE_INFINITY;
    this.#machine.linkReset(peer);
  }

  inspect(): Bracha87View {
    return this.#machine.inspect();
  }

  #carry(outs: Effects<Bracha87WireMessage, Decision>, effects: AgreementEffect[], again: boolean): void {
    const { name, self, committee } = this.#options;
    for (const out of outs) {
      switch (out.kind) {
        case 'broadcast': {
          const statement = encodeBracha87(out.message);
          effects.push({ kind: 'stated', topic: name, statement });
          for (const peer of committee.ids) if (peer !== self) this.#send(peer, statement, effects);
          this.#carry(this.#machine.handle(self, out.message), effects, false);
          break;
        }
        case 'send':
          this.#send(out.to, encodeBracha87(out.message), effects);
          break;
        case 'output':
          effects.push({ kind: 'decided', topic: name, decision: out.output, again });
          break;
        case 'fault':
          effects.push({ kind: 'fault', accused: out.accused, code: out.code });
          break;
      }
    }
  }

  #send(to: NodeId, body: Uint8Array, effects: AgreementEffect[]): void {
    if (this.#options.isUp(to)) effects.push({ kind: 'send', to, topic: this.#options.name, body });
  }
}

/** DECIDE as a word: what is told to those that ask about a topic that is settled. */
export function decideWord({ value }: Decision): Uint8Array {
  return encodeBracha87({ kind: 'decide', value });
}
