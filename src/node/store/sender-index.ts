import { assert } from '../../base/index.ts';
import type { Digest } from '../../crypto/index.ts';
import { Column } from './columns.ts';
import type { Open } from './open.ts';
import type { StreamMemory } from './store.ts';

/** One sender's delivered instances, instance 1 at index 0: about 9 bytes each; and what is open of it. */
export class SenderIndex {
  /** Index in the local order. */
  readonly order = Column.wide();
  /** The own echo: 0 none, 1 of what was delivered, 2 of another digest, which stands in `strayEcho`. */
  readonly echo = Column.byte();
  readonly strayEcho = new Map<number, Digest>();
  readonly open = new Map<number, Open>();
  nextSeq = 1;
  /** What its END named, once that is delivered. */
  #ended: Uint8Array | undefined;

  /** The lowest instance not delivered. */
  get base(): number {
    return this.order.length + 1;
  }

  /** Nothing below `base` is known any more. */
  restartAt(base: number, nextSeq: number): void {
    this.order.restartAt(base - 1);
    this.echo.restartAt(base - 1);
    this.strayEcho.clear();
    this.nextSeq = nextSeq;
  }

  /** Where a log begins whose older part was dropped. */
  begin({ base, nextSeq, ended }: StreamMemory): void {
    this.restartAt(base, nextSeq);
    this.#ended = ended;
  }

  /** The delivery of this instance was its END. False if that is known. */
  end(instance: number, successor: Uint8Array): boolean {
    assert(instance === this.base - 1, `store: instance ${instance} is not the last one delivered`);
    if (this.#ended !== undefined) return false;
    this.#ended = new Uint8Array(successor);
    return true;
  }

  /** Where it goes on. */
  memory(): StreamMemory {
    const { base, nextSeq } = this;
    return this.#ended === undefined ? { base, nextSeq } : { base, nextSeq, ended: this.#ended };
  }

  /** Lets go of what stands below this index of the local order. */
  dropBelow(order: number): void {
    const until = this.order.lastAtMost(order - 1) + 1;
    for (const instance of this.strayEcho.keys()) if (instance <= until) this.strayEcho.delete(instance);
    this.order.dropBelow(until);
    this.echo.dropBelow(until);
  }
}
