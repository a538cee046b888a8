import { assert } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Effects } from '../../protocol/index.ts';
import type { Bracha87Message, StepBroadcast, StepBroadcastFactory } from './message.ts';
import { STEPS, type Step, valuesOf } from './steps.ts';

/** A broadcast and what it is about. */
export interface Placed<Body> {
  readonly phase: number;
  readonly step: Step;
  readonly sender: NodeId;
  readonly broadcast: StepBroadcast<Body>;
}

/** The broadcasts of all phases: made when something is heard of them, 3n a phase at most. */
export class Phases<Body> implements Iterable<Placed<Body>> {
  readonly #n: number;
  readonly #make: StepBroadcastFactory<Body>;
  readonly #phases = new Map<number, Map<number, Placed<Body>>>();

  constructor(n: number, make: StepBroadcastFactory<Body>) {
    this.#n = n;
    this.#make = make;
  }

  /** Broadcasts held. */
  get size(): number {
    let size = 0;
    for (const phase of this.#phases.values()) size += phase.size;
    return size;
  }

  *[Symbol.iterator](): Iterator<Placed<Body>> {
    for (const phase of this.#phases.values()) yield* phase.values();
  }

  has(phase: number): boolean {
    return this.#phases.has(phase);
  }

  /** The broadcasts of a phase. */
  of(phase: number): Iterable<Placed<Body>> {
    return this.#phases.get(phase)?.values() ?? [];
  }

  /** The broadcast of `sender` in a step, made if there is none. */
  at(phase: number, step: Step, sender: NodeId): StepBroadcast<Body> {
    return this.#placed(phase, step, sender).broadcast;
  }

  /** Makes the broadcasts in which this member said something, each with what is still due in it. */
  restore(
    said: readonly Bracha87Message<Body>[],
  ): readonly (Placed<Body> & { readonly due: Effects<Body, number> })[] {
    const bodies = new Map<Placed<Body>, Body[]>();
    for (const message of said) {
      if (message.kind !== 'step') continue;
      const placed = this.#placed(message.phase, message.step, message.sender);
      const known = bodies.get(placed);
      if (known === undefined) bodies.set(placed, [message.body]);
      else known.push(message.body);
    }
    return [...bodies].map(([placed, own]) => ({ ...placed, due: placed.broadcast.restore(own) }));
  }

  /** Nothing of it is needed any more. */
  clear(): void {
    this.#phases.clear();
  }

  #placed(phase: number, step: Step, sender: NodeId): Placed<Body> {
    assert(sender < this.#n, 'a sender of this committee');
    const steps = this.#phases.get(phase) ?? new Map<number, Placed<Body>>();
    this.#phases.set(phase, steps);
    const key = sender * STEPS.length + step;
    const known = steps.get(key);
    if (known !== undefined) return known;
    const values = valuesOf(step);
    const placed = { phase, step, sender, broadcast: this.#make({ phase, step, sender, values }) };
    steps.set(key, placed);
    return placed;
  }
}
