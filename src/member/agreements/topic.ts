import type { AgreementForm } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { type Effects, NOTHING } from '../../protocol/index.ts';
import type { TopicDecision, TopicValue } from './decision.ts';
import type { AgreementEffect } from './effect.ts';
import { type FormOptions, machineOf } from './forms.ts';
import type { TopicMachine, TopicState } from './machine.ts';

/** "Tell me all that you said about this." The one message that is no message of the agreement itself. */
export const SYNC = Uint8Array.of(0);

/** What an open topic is made of. */
export interface TopicOptions extends FormOptions {
  readonly name: string;
  readonly form: AgreementForm;
  /** Who spoke of it first: this member, if it proposed first. */
  readonly openedBy: NodeId;
  /** The members whose links are up. */
  readonly isUp: (peer: NodeId) => boolean;
}

/** One agreement under way, and what goes with it: own copies, who was told what. */
export class Topic {
  readonly name: string;
  readonly form: AgreementForm;
  readonly openedBy: NodeId;
  /** The tick at which something last changed, and that of the last request to be told everything. */
  movedTick = 0;
  askedTick = Number.NEGATIVE_INFINITY;
  readonly #options: TopicOptions;
  readonly #machine: TopicMachine;
  /** By peer: the tick at which it was last told everything. */
  readonly #toldTick: number[];

  constructor(options: TopicOptions) {
    this.name = options.name;
    this.form = options.form;
    this.openedBy = options.openedBy;
    this.#options = options;
    this.#machine = machineOf(options, options.form, options.name);
    this.#toldTick = options.committee.ids.map(() => Number.NEGATIVE_INFINITY);
  }

  get ended(): boolean {
    return this.#machine.terminated;
  }

  get decision(): TopicDecision | undefined {
    return this.#machine.decision;
  }

  /** What this member proposed. */
  get proposal(): TopicValue | undefined {
    return this.#machine.proposal;
  }

  propose(value: TopicValue, effects: AgreementEffect[]): void {
    this.#carry(this.#machine.propose(value), effects, false);
  }

  /** A message of another member. False if it is none. */
  handle(from: NodeId, body: Uint8Array, effects: AgreementEffect[]): boolean {
    const outs = this.#machine.handle(from, body);
    if (outs === undefined) return false;
    this.#carry(outs, effects, false);
    return true;
  }

  restore(stated: readonly Uint8Array[], effects: AgreementEffect[]): void {
    this.#carry(this.#machine.restore(stated), effects, true);
  }

  /** Time has passed without any change. */
  retry(effects: AgreementEffect[]): void {
    this.#carry(this.#machine.retry(), effects, false);
  }

  /** Tells `peer` everything that this member said. At most once in `pauseTicks`. */
  tell(peer: NodeId, tick: number, pauseTicks: number, effects: AgreementEffect[]): void {
    if (tick - (this.#toldTick[peer] ?? 0) < pauseTicks) return;
    this.#toldTick[peer] = tick;
    for (const message of this.#machine.owedTo(peer)) this.#send(peer, message, effects);
  }

  /** The link to `peer` is new: it may be told everything again. */
  linkReset(peer: NodeId): void {
    this.#toldTick[peer] = Number.NEGATIVE_INFINITY;
    this.#machine.linkReset(peer);
  }

  inspect(): TopicState {
    return this.#machine.inspect();
  }

  #carry(outs: Effects<Uint8Array, TopicDecision>, effects: AgreementEffect[], again: boolean): void {
    const { name: topic, form, self, committee } = this.#options;
    for (const out of outs) {
      switch (out.kind) {
        case 'broadcast': {
          effects.push({ kind: 'stated', topic, form, statement: out.message });
          for (const peer of committee.ids) if (peer !== self) this.#send(peer, out.message, effects);
          this.#carry(this.#machine.handle(self, out.message) ?? NOTHING, effects, false);
          break;
        }
        case 'keep':
          effects.push({ kind: 'stated', topic, form, statement: this.#machine.kept(out.payload) });
          break;
        case 'send':
          this.#send(out.to, out.message, effects);
          break;
        case 'output':
          effects.push({ kind: 'decided', topic, form, decision: out.output, again });
          break;
        case 'fault':
          effects.push({ kind: 'fault', accused: out.accused, code: out.code });
          break;
      }
    }
  }

  #send(to: NodeId, body: Uint8Array, effects: AgreementEffect[]): void {
    const { name: topic, form } = this.#options;
    if (this.#options.isUp(to)) effects.push({ kind: 'send', to, topic, form, body });
  }
}
