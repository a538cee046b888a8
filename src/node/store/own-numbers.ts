import { assert } from '../../base/index.ts';
import type { StoreMemory, StoreRecord } from './store.ts';

/** What this member's next own instance and its first message will be called. */
export class OwnNumbers {
  #nextInstance = 1;
  #nextSeq = 1;

  /** What a restarted member goes on with. */
  get memory(): StoreMemory['own'] {
    return { nextInstance: this.#nextInstance, nextSeq: this.#nextSeq };
  }

  /** Where a log begins whose older part was dropped. */
  begin({ nextInstance, nextSeq }: StoreMemory['own']): void {
    this.#nextInstance = nextInstance;
    this.#nextSeq = nextSeq;
  }

  /** An INITIAL of this member. @throws AssertionError, unchanged, if it is not the next. */
  initiated({ instance, firstSeq, count }: Extract<StoreRecord, { readonly kind: 'said' }>): void {
    const isNext = instance === this.#nextInstance;
    if (!isNext) assert(false, `store: own instance ${instance} is not the next`);
    const follows = firstSeq === this.#nextSeq && count >= 0;
    if (!follows) assert(false, `store: own ${instance} misnumbers messages`);
    this.#nextInstance += 1;
    this.#nextSeq += count;
  }
}
