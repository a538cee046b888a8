import type { CodedMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Effect } from '../protocol/index.ts';
import type { StreamMessage, StreamOutput } from './options.ts';

type Out = Effect<StreamMessage, StreamOutput>;
/** What a stream passes on as it is. */
export type Keep = Extract<Out, { readonly kind: 'keep' }>;
export type Fault = Extract<Out, { readonly kind: 'fault' }>;

/** Where a stream puts what it asks for, in order: each call is an effect, and no object is made for it. */
export interface StreamSink {
  /** Hold these bytes durably: what is said next of the instance vouches for them. */
  keep(effect: Keep): void;
  /** To all members but this one, which has heard it. A binding statement. */
  say(instance: number, body: CodedMessage): void;
  send(instance: number, to: NodeId, body: CodedMessage): void;
  /** The next instance in order. */
  deliver(output: StreamOutput): void;
  accuse(instance: number, fault: Fault): void;
}
