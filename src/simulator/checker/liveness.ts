import type { TraceEvent } from '../event.ts';
import { Checker, type Missing } from './checker.ts';
import { instanceKey, ofKey } from './key.ts';

const NOBODY: readonly number[] = [];

/** Which correct members delivered which instances. */
class Presence {
  /** By instance: who did, in that order. */
  readonly #at = new Map<number, number[]>();
  /** By sender and member: it skipped the instances before this one. */
  #skipped: Map<number, number> | undefined;

  skip(sender: number, instance: number, node: number): void {
    this.#skipped ??= new Map();
    this.#skipped.set(instanceKey(sender, 0, node), instance);
  }

  add(sender: number, instance: number, node: number): void {
    const key = instanceKey(sender, instance);
    const nodes = this.#at.get(key);
    if (nodes === undefined) this.#at.set(key, [node]);
    else if (!nodes.includes(node)) nodes.push(node);
  }

  /** The first of `keys` (default: all) that one of `nodes` lacks, in words. */
  lack(nodes: readonly number[], keys: Iterable<number> = this.#at.keys()): Missing | undefined {
    for (const key of keys) {
      const have = this.#at.get(key) ?? NOBODY;
      if (nodes.every((node) => have.includes(node))) continue;
      const { sender, instance } = ofKey(key);
      const lacking = nodes.filter(
        (node) => !have.includes(node) && (this.#skipped?.get(instanceKey(sender, 0, node)) ?? 0) <= instance,
      );
      if (lacking.length === 0) continue;
      const holders = have.map((node) => `p${node}`).join(', ') || 'nobody';
      const others = lacking.map((node) => `p${node}`).join(', ');
      const note = `instance ${instance} of p${sender} was delivered by ${holders} and not by ${others}`;
      return { note, about: { sender, instance } };
    }
    return undefined;
  }
}

function correctOf({ n, faulty }: { readonly n: number; readonly faulty: ReadonlySet<number> }): number[] {
  const correct: number[] = [];
  for (let node = 0; node < n; node += 1) if (!faulty.has(node)) correct.push(node);
  return correct;
}

/** What one correct member delivers, all correct members deliver in the end, or know that they skipped it. */
export class Totality extends Checker {
  readonly property = 'totality';
  readonly sees = ['deliver', 'skip'] as const;
  readonly #presence = new Presence();

  see(event: TraceEvent, index: number): void {
    if (event.e === 'skip' && this.correct(event.node)) {
      const { node, sender, instance } = event;
      this.#presence.skip(sender, instance, node);
      if (this.context.maySkip !== true)
        this.violate(`p${node} skips instances of p${sender} before ${instance}`, index, event);
    }
    if (event.e === 'deliver' && this.correct(event.node)) {
      this.#presence.add(event.sender, event.instance, event.node);
    }
  }

  protected override missing(): Missing | undefined {
    return this.#presence.lack(correctOf(this.context));
  }
}

/**
 * What a correct member said, and what its application handed it since its last crash, all correct members deliver
 * in the end. What waits in a member's memory for its turn is lost with it, as its application is told.
 */
export class Validity extends Checker {
  readonly property = 'validity';
  readonly sees = ['submit', 'crash', 'say', 'deliver', 'skip'] as const;
  readonly #presence = new Presence();
  readonly #said = new Set<number>();
  /** By member: the number of the last message it was handed. */
  readonly #submitted = new Map<number, number>();
  /** By member and sender: the number of the last message delivered. */
  readonly #delivered = new Map<number, number>();

  see(event: TraceEvent): void {
    if (!('node' in event) || !this.correct(event.node)) return;
    if (event.e === 'submit') this.#submitted.set(event.node, event.seq);
    else if (event.e === 'crash') this.#submitted.delete(event.node);
    else if (event.e === 'say' && event.statement === 'initial') {
      this.#said.add(instanceKey(event.sender, event.instance));
    } else if (event.e === 'skip') {
      const { node, sender, instance, nextSeq } = event;
      this.#presence.skip(sender, instance, node);
      this.#delivered.set(instanceKey(sender, 0, node), nextSeq - 1);
    } else if (event.e === 'deliver') {
      const { node, sender, instance, firstSeq, count } = event;
      this.#presence.add(sender, instance, node);
      this.#delivered.set(instanceKey(sender, 0, node), firstSeq + count - 1);
    }
  }

  protected override missing(): Missing | undefined {
    const correct = correctOf(this.context);
    const lack = this.#presence.lack(correct, this.#said);
    if (lack !== undefined) return lack;
    for (const [sender, seq] of this.#submitted) {
      const lacking = correct.filter(
        (node) => (this.#delivered.get(instanceKey(sender, 0, node)) ?? 0) < seq,
      );
      if (lacking.length > 0) {
        const others = lacking.map((node) => `p${node}`).join(', ');
        return { note: `p${sender}#${seq} was not delivered by ${others}`, about: undefined };
      }
    }
    return undefined;
  }
}
