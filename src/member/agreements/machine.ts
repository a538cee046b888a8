import type { Bracha87View, AgreementView as MmrView } from '../../agreement/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { type Effects, lift, type Protocol } from '../../protocol/index.ts';
import type { ValueView } from '../../subset/index.ts';
import type { TopicDecision, TopicValue } from './decision.ts';

/** Where one agreement stands, for people: what its state machine says of itself. */
export type TopicState =
  | { readonly kind: 'bit'; readonly view: Bracha87View }
  | { readonly kind: 'common-bit'; readonly view: MmrView }
  | {
      readonly kind: 'value';
      readonly view: ValueView;
      /** By proposer: where the agreement on its proposal stands. Empty once it has ended. */
      readonly agreements: readonly (Bracha87View | MmrView)[];
    };

type Outs = Effects<Uint8Array, TopicDecision>;

/** An agreement whose messages are bytes: what goes over the links and into the log. Else as a `Protocol`. */
export interface TopicMachine {
  readonly terminated: boolean;
  /** What this member proposed, in a former life too. */
  readonly proposal: TopicValue | undefined;
  readonly decision: TopicDecision | undefined;
  propose(value: TopicValue): Outs;
  /** Undefined if these bytes are no message. */
  handle(from: NodeId, bytes: Uint8Array): Outs | undefined;
  restore(stated: readonly Uint8Array[]): Outs;
  /** A payload to be kept, as a statement. */
  kept(payload: Uint8Array): Uint8Array;
  /** All that this member said and `peer` may still need. */
  owedTo(peer: NodeId): readonly Uint8Array[];
  retry(): Outs;
  linkReset(peer: NodeId): void;
  inspect(): TopicState;
}

/** A state machine with messages of its own kind. */
interface Inner<Input, Message, Output> extends Protocol<Input, Message, Output> {
  readonly decision: Output | undefined;
  owedTo(peer: NodeId): readonly Message[];
  linkReset(peer: NodeId): void;
  retry?(): Effects<Message, Output>;
}

/** How its messages, inputs and views become those of any topic. */
export interface Wrapping<Input, Message> {
  readonly encode: (message: Message) => Uint8Array;
  /** Undefined if it is none. */
  readonly decode: (bytes: Uint8Array) => Message | undefined;
  /** @throws UsageError if it is none for this machine. */
  readonly input: (value: TopicValue) => Input;
  /** What this member proposed, if this statement of it tells. */
  readonly proposed: (said: Message) => TopicValue | undefined;
  /** Whether it may come from a peer. */
  readonly spoken?: (message: Message) => boolean;
  readonly kept?: (payload: Uint8Array) => Message;
  readonly inspect: () => TopicState;
}

/** A state machine as one whose messages are bytes. */
export class WrappedMachine<Input, Message, Output extends TopicDecision> implements TopicMachine {
  readonly #inner: Inner<Input, Message, Output>;
  readonly #wrapping: Wrapping<Input, Message>;
  proposal: TopicValue | undefined;

  constructor(inner: Inner<Input, Message, Output>, wrapping: Wrapping<Input, Message>) {
    this.#inner = inner;
    this.#wrapping = wrapping;
  }

  get terminated(): boolean {
    return this.#inner.terminated;
  }

  get decision(): TopicDecision | undefined {
    return this.#inner.decision;
  }

  propose(value: TopicValue): Outs {
    const effects = this.#inner.propose(this.#wrapping.input(value));
    this.proposal = value;
    return this.#lifted(effects);
  }

  handle(from: NodeId, bytes: Uint8Array): Outs | undefined {
    const message = this.#wrapping.decode(bytes);
    if (message === undefined || this.#wrapping.spoken?.(message) === false) return undefined;
    return this.#lifted(this.#inner.handle(from, message));
  }

  restore(stated: readonly Uint8Array[]): Outs {
    const said = stated.flatMap((bytes) => this.#wrapping.decode(bytes) ?? []);
    for (const message of said) this.proposal ??= this.#wrapping.proposed(message);
    return this.#lifted(this.#inner.restore(said));
  }

  kept(payload: Uint8Array): Uint8Array {
    const message = this.#wrapping.kept?.(payload);
    return message === undefined ? payload : this.#wrapping.encode(message);
  }

  owedTo(peer: NodeId): readonly Uint8Array[] {
    return this.#inner.owedTo(peer).map(this.#wrapping.encode);
  }

  retry(): Outs {
    return this.#lifted(this.#inner.retry?.() ?? []);
  }

  linkReset(peer: NodeId): void {
    this.#inner.linkReset(peer);
  }

  inspect(): TopicState {
    return this.#wrapping.inspect();
  }

  #lifted(effects: Effects<Message, Output>): Outs {
    return lift(effects, this.#wrapping.encode, (output) => [{ kind: 'output', output }]);
  }
}
