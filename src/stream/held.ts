import { retained } from '../base/index.ts';
import type { CodedMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import { isWanted, type Machine } from './machine.ts';
import type { StreamOptions } from './options.ts';

type Answer = Extract<CodedMessage, { readonly kind: 'payload' | 'shard' }>;

/** An answer that came while nothing was taken in. */
export interface HeldAnswer {
  readonly from: NodeId;
  readonly instance: number;
  readonly body: Answer;
}

/** What was heard of one instance. */
interface Heard {
  /** Who has given a payload, and who a shard: the first of each is looked at. */
  readonly given: { readonly payload: Set<NodeId>; readonly shard: Set<NodeId> };
  readonly answers: HeldAnswer[];
}

/**
 * Answers to what was asked for before a stream was frozen. Of each instance no more than make its payload, which is what
 * there is room for since it was asked for.
 */
export class HeldAnswers {
  #heard: Map<number, Heard> | undefined;

  /** Keeps the answer if it is what `machine` asked for: no liar takes the room of an honest member, who answers once. */
  add(
    options: StreamOptions,
    machine: Machine | undefined,
    from: NodeId,
    instance: number,
    body: CodedMessage,
  ): void {
    if (machine?.pulling !== true || (body.kind !== 'payload' && body.kind !== 'shard')) return;
    this.#heard ??= new Map();
    const heard = this.#heard.get(instance) ?? {
      given: { payload: new Set(), shard: new Set() },
      answers: [],
    };
    this.#heard.set(instance, heard);
    const { given, answers } = heard;
    const enough = answers.length >= (options.coding?.code.k ?? 1);
    if (given[body.kind].has(from) || enough || answers.some((answer) => answer.body.kind === 'payload'))
      return;
    given[body.kind].add(from);
    if (isWanted(options, instance, machine, from, body))
      answers.push({ from, instance, body: copyOf(body) });
  }

  /** All of them, which are held no more. */
  take(): readonly HeldAnswer[] {
    const all = [...(this.#heard?.values() ?? [])].flatMap(({ answers }) => answers);
    this.#heard = undefined;
    return all;
  }
}

function copyOf(body: Answer): Answer {
  return body.kind === 'payload'
    ? { ...body, payload: retained(body.payload) }
    : { ...body, shard: retained(body.shard), proof: retained(body.proof) };
}
