import { expect } from 'vitest';
import type { CodedMessage, VoteKind } from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import { type Effect, type Effects, NOTHING } from '../../src/protocol/index.ts';
import {
  type Cut,
  Stream,
  type StreamMessage,
  type StreamOutput,
  type StreamSink,
} from '../../src/stream/index.ts';

/** What a stream asks for, as a list of effects. */
export type Outs = Effects<StreamMessage, StreamOutput>;
type Out = Effect<StreamMessage, StreamOutput>;

/** Writes down what a stream asks for, each in the way that it is for. */
class List implements StreamSink {
  readonly effects: Out[] = [];

  keep(effect: Extract<Out, { readonly kind: 'keep' }>): void {
    expect(effect.kind).toBe('keep');
    this.effects.push(effect);
  }

  say(instance: number, body: CodedMessage): void {
    this.effects.push({ kind: 'broadcast', message: { instance, body } });
  }

  send(instance: number, to: NodeId, body: CodedMessage): void {
    this.effects.push({ kind: 'send', to, message: { instance, body } });
  }

  deliver(output: StreamOutput): void {
    this.effects.push({ kind: 'output', output });
  }

  accuse(_: number, fault: Extract<Out, { readonly kind: 'fault' }>): void {
    expect(fault.kind).toBe('fault');
    this.effects.push(fault);
  }
}

/** A stream whose calls return what they ask for, as protocols do. */
export class ListedStream extends Stream {
  override propose(instance: number, payload: Uint8Array): Outs {
    return listed((sink) => super.propose(instance, payload, sink));
  }

  /** `sink`: of a call that this one is part of. */
  override handle(from: NodeId, instance: number, body: CodedMessage, sink?: StreamSink): Outs {
    if (sink === undefined) return listed((own) => super.handle(from, instance, body, own));
    super.handle(from, instance, body, sink);
    return NOTHING;
  }

  override vote(from: NodeId, instance: number, kind: VoteKind, bytes: Uint8Array, at: number): Outs {
    return listed((sink) => super.vote(from, instance, kind, bytes, at, sink));
  }

  override restore(instance: number, said: readonly CodedMessage[]): Outs {
    return listed((sink) => super.restore(instance, said, sink));
  }

  override takeEnds(max: number): Outs {
    return listed((sink) => super.takeEnds(max, sink));
  }

  override settle(cut: Cut): Outs {
    return listed((sink) => super.settle(cut, sink));
  }

  override skipTo(instance: number, nextSeq: number): Outs {
    return listed((sink) => super.skipTo(instance, nextSeq, sink));
  }

  override retry(): Outs {
    return listed((sink) => super.retry(sink));
  }
}

function listed(call: (sink: StreamSink) => void): Outs {
  const list = new List();
  call(list);
  return list.effects.length === 0 ? NOTHING : list.effects;
}
