import { assert } from '../../base/index.ts';
import type { Digest } from '../../crypto/index.ts';
import { Column } from './columns.ts';
import { Open } from './open.ts';
import type { StoreRecord, StreamMemory } from './store.ts';

/** One sender's delivered instances, instance 1 at index 0: about 9 bytes each; and what is open of it. */
export class SenderIndex {
  /** Index in the local order. */
  readonly order = Column.wide();
  /** The own echo: 0 none, 1 of what was delivered, 2 of another digest, which stands in `strayEcho`. */
  readonly echo = Column.byte();
  readonly strayEcho = new Map<number, Digest>();
  readonly open = new Map<number, Open>();
  nextSeq = 1;
  /** What its ENDs named, and the instance of the last one. */
  #ends: Uint8Array[] = [];
  #lastEnd = 0;

  /** The lowest instance not delivered. */
  get base(): number {
    return this.order.length + 1;
  }

  /** What is said in an instance that is not delivered. */
  openOf(instance: number): Open {
    const known = this.open.get(instance);
    if (known !== undefined) return known;
    const open = new Open();
    this.open.set(instance, open);
    return open;
  }

  /** @throws AssertionError if this is not the next delivery of this sender. */
  checkNext(record: Extract<StoreRecord, { readonly kind: 'delivered' }>): void {
    const { sender, instance, firstSeq, count } = record;
    if (instance !== this.base)
      assert(false, `store: delivery of ${sender}, instance ${instance} is not the next`);
    if (firstSeq !== this.nextSeq || count < 0)
      assert(false, `store: delivery of ${sender}, ${instance} misnumbers`);
  }

  /** Nothing below `base` is known any more. */
  restartAt(base: number, nextSeq: number): void {
    this.order.restartAt(base - 1);
    this.echo.restartAt(base - 1);
    this.strayEcho.clear();
    this.nextSeq = nextSeq;
  }

  /** Where a log begins whose older part was dropped. */
  begin({ base, nextSeq, ends = [] }: StreamMemory): void {
    this.restartAt(base, nextSeq);
    this.#ends = [...ends];
    this.#lastEnd = ends.length === 0 ? 0 : base - 1;
  }

  /** The delivery of this instance was an END. False if that is known. */
  end(instance: number, successor: Uint8Array): boolean {
    assert(instance === this.base - 1, `store: instance ${instance} is not the last one delivered`);
    if (this.#lastEnd === instance) return false;
    this.#ends.push(new Uint8Array(successor));
    this.#lastEnd = instance;
    return true;
  }

  /** Where it goes on. */
  memory(): StreamMemory {
    const { base, nextSeq } = this;
    return this.#ends.length === 0 ? { base, nextSeq } : { base, nextSeq, ends: [...this.#ends] };
  }

  /** Lets go of what stands below this index of the local order. */
  dropBelow(order: number): void {
    const until = this.order.lastAtMost(order - 1) + 1;
    for (const instance of this.strayEcho.keys()) if (instance <= until) this.strayEcho.delete(instance);
    this.order.dropBelow(until);
    this.echo.dropBelow(until);
  }
}
