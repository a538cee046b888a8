import { retained } from '../base/index.ts';
import type { CodedMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';

/** An answer that came while nothing was taken in. */
export interface HeldAnswer {
  readonly from: NodeId;
  readonly instance: number;
  readonly body: Extract<CodedMessage, { readonly kind: 'payload' | 'shard' }>;
}

/**
 * Answers to what was asked for before a stream was frozen. Of each instance no more bytes than one payload may have, for
 * which there is room since it was asked for.
 */
export class HeldAnswers {
  readonly #answers = new Map<number, HeldAnswer[]>();

  add(from: NodeId, instance: number, body: CodedMessage, bytesMax: number): void {
    if (body.kind !== 'payload' && body.kind !== 'shard') return;
    const held = this.#answers.get(instance) ?? [];
    if (held.some((answer) => answer.from === from)) return;
    const bytes = held.reduce((sum, answer) => sum + bytesOf(answer.body), bytesOf(body));
    if (bytes > bytesMax) return;
    held.push({ from, instance, body: copyOf(body) });
    this.#answers.set(instance, held);
  }

  /** All of them, which are held no more. */
  take(): readonly HeldAnswer[] {
    const all = [...this.#answers.values()].flat();
    this.#answers.clear();
    return all;
  }
}

function bytesOf(body: HeldAnswer['body']): number {
  return body.kind === 'payload' ? body.payload.length : body.shard.length + body.proof.length;
}

function copyOf(body: HeldAnswer['body']): HeldAnswer['body'] {
  return body.kind === 'payload'
    ? { ...body, payload: retained(body.payload) }
    : { ...body, shard: retained(body.shard), proof: retained(body.proof) };
}
