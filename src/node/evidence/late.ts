import { bytesEqual, retained } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { PayloadHasher } from '../../crypto/index.ts';
import type { MemberEffect } from '../../member/index.ts';
import type { Store } from '../store/index.ts';

type LateInitial = Extract<MemberEffect, { readonly kind: 'late-initial' }>;

/** What `LateInitials` needs. */
export interface LateInitialsOptions {
  readonly store: Pick<Store, 'entry' | 'payload'>;
  readonly hasher: PayloadHasher;
  readonly onFault: (fault: Extract<MemberEffect, { readonly kind: 'fault' }>) => void;
  /** Told when what was delivered cannot be read. */
  readonly onError: (error: unknown) => void;
}

/**
 * Compares the INITIAL that comes when its instance is delivered here with what was delivered: a sender may tell one
 * member another thing than the others, and that one may hear of theirs first. Looks at one of each sender at a time.
 */
export class LateInitials {
  readonly #options: LateInitialsOptions;
  readonly #busy = new Set<NodeId>();

  constructor(options: LateInitialsOptions) {
    this.#options = options;
  }

  /** Keeps the payload where it is another one; told of a fault in a later turn. */
  look({ sender, instance, payload }: LateInitial): void {
    const { store, hasher, onFault, onError } = this.#options;
    if (this.#busy.has(sender)) return;
    const entry = store.entry(sender, instance);
    if (entry === undefined || bytesEqual(hasher.digest(sender, instance, payload), entry.digest)) return;
    this.#busy.add(sender);
    const late = retained(payload);
    store
      .payload(entry.digest)
      .then((delivered) => {
        // What was delivered in shards has another digest, and is the same if its bytes are.
        if (delivered === undefined || bytesEqual(delivered, late)) return;
        const about = { sender, instance };
        onFault({ kind: 'fault', accused: sender, code: 'equivocation', about, payloads: [delivered, late] });
      })
      .catch(onError)
      .finally(() => this.#busy.delete(sender));
  }
}
