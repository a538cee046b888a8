import type { NodeId } from '../committee/index.ts';
import type { Effects } from './effect.ts';

/**
 * A deterministic state machine: the same calls in the same order give the same effects. No clock, no
 * randomness, no I/O. Nobody writes to the bytes of a message once it was handed in: payloads may be kept as they
 * are, where that holds on to hardly more than their length.
 */
export interface Protocol<Input, Message, Output> {
  /** This member's own input. @throws UsageError on misuse, with the state unchanged. */
  propose(input: Input): Effects<Message, Output>;
  /** A message of member `from`, as the channel knows it. Never throws on what a peer can send. */
  handle(from: NodeId, message: Message): Effects<Message, Output>;
  /**
   * After a restart, before any other call: what this member already said. Sets the latches, so that it
   * repeats itself and never says otherwise. Effects are those still due, not those already carried out.
   */
  restore(said: readonly Message[]): Effects<Message, Output>;
  /** From then on every call returns NOTHING. */
  readonly terminated: boolean;
}
