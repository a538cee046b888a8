import type { Digest } from '../../crypto/index.ts';
import { Column } from './columns.ts';
import type { Open } from './open.ts';

/** One sender's delivered instances, instance 1 at index 0: about 9 bytes each; and what is open of it. */
export class SenderIndex {
  /** Index in the local order. */
  readonly order = Column.wide();
  /** The own echo: 0 none, 1 of what was delivered, 2 of another digest, which stands in `strayEcho`. */
  readonly echo = Column.byte();
  readonly strayEcho = new Map<number, Digest>();
  readonly open = new Map<number, Open>();
  nextSeq = 1;

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

  /** Lets go of what stands below this index of the local order. */
  dropBelow(order: number): void {
    const until = this.order.lastAtMost(order - 1) + 1;
    for (const instance of this.strayEcho.keys()) if (instance <= until) this.strayEcho.delete(instance);
    this.order.dropBelow(until);
    this.echo.dropBelow(until);
  }
}
