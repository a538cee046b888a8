import type { TraceEvent } from '../event.ts';
import { Checker } from './checker.ts';
import { instanceKey, ofKey } from './key.ts';

/** Which correct members delivered which instances. */
class Presence {
  readonly #at = new Map<number, Set<number>>();

  add(sender: number, instance: number, node: number): void {
    const key = instanceKey(sender, instance);
    const nodes = this.#at.get(key) ?? new Set();
    nodes.add(node);
    this.#at.set(key, nodes);
  }

  /** The first of `keys` (default: all) that one of `nodes` lacks, in words. */
  lack(nodes: readonly number[], keys: Iterable<number> = this.#at.keys()): string {
    for (const key of keys) {
      const have = this.#at.get(key) ?? new Set();
      const lacking = nodes.filter((node) => !have.has(node));
      if (lacking.length === 0) continue;
      const { sender, instance } = ofKey(key);
      const holders = [...have].map((node) => `p${node}`).join(', ') || 'nobody';
      return `instance ${instance} of p${sender} was delivered by ${holders} and not by ${lacking.map((node) => `p${node}`).join(', ')}`;
    }
    return '';
  }
}

function correctOf(context: { readonly n: number; readonly faulty: ReadonlySet<number> }): number[] {
  return Array.from({ length: context.n }, (_, node) => node).filter((node) => !context.faulty.has(node));
}

/** What one correct member delivers, all correct members deliver in the end. */
export class Totality extends Checker {
  readonly property = 'totality';
  readonly sees = ['deliver'] as const;
  readonly #presence = new Presence();

  see(event: TraceEvent): void {
    if (event.e === 'deliver' && this.correct(event.node)) {
      this.#presence.add(event.sender, event.instance, event.node);
    }
  }

  protected override missing(): string {
    return this.#presence.lack(correctOf(this.context));
  }
}

/** What a correct sender broadcasts, all correct members deliver in the end. */
export class Validity extends Checker {
  readonly property = 'validity';
  readonly sees = ['say', 'deliver'] as const;
  readonly #presence = new Presence();
  readonly #said = new Set<number>();

  see(event: TraceEvent): void {
    if (event.e === 'say' && event.statement === 'initial' && this.correct(event.sender)) {
      this.#said.add(instanceKey(event.sender, event.instance));
    }
    if (event.e === 'deliver' && this.correct(event.node)) {
      this.#presence.add(event.sender, event.instance, event.node);
    }
  }

  protected override missing(): string {
    return this.#presence.lack(correctOf(this.context), this.#said);
  }
}
