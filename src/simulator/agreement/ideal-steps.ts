import type { StepBroadcast, StepBroadcastFactory } from '../../agreement/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { type Effects, NOTHING } from '../../protocol/index.ts';

/** What the one message of an ideal broadcast says. */
export interface IdealMessage {
  readonly kind: 'ideal';
  readonly value: number;
}

/** Broadcast among members that are all correct: what the sender says is delivered as it arrives. */
export function idealSteps(): StepBroadcastFactory<IdealMessage> {
  return ({ sender }) => new IdealStep(sender);
}

class IdealStep implements StepBroadcast<IdealMessage> {
  readonly #sender: NodeId;
  proposed: number | undefined;
  terminated = false;

  constructor(sender: NodeId) {
    this.#sender = sender;
  }

  propose(value: number): Effects<IdealMessage, number> {
    this.proposed = value;
    return [{ kind: 'broadcast', message: { kind: 'ideal', value } }];
  }

  handle(from: NodeId, { value }: IdealMessage): Effects<IdealMessage, number> {
    if (this.terminated || from !== this.#sender) return NOTHING;
    this.terminated = true;
    return [{ kind: 'output', output: value }];
  }

  restore(): Effects<IdealMessage, number> {
    return NOTHING;
  }

  said(): readonly IdealMessage[] {
    return this.proposed === undefined ? [] : [{ kind: 'ideal', value: this.proposed }];
  }
}
