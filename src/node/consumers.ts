import { copyBytes } from '../base/index.ts';
import type { Limits, NodeId } from '../committee/index.ts';
import type { MemberEffect } from '../member/index.ts';
import type { DeliveriesOptions, Delivery, InstanceRef } from './api.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import { DeliveryReader, type DeliverySource, deliveryOf, type RawDelivery, unpack } from './deliveries.ts';
import { QuorumcastError } from './errors.ts';
import type { Store } from './store/index.ts';
import { Wake } from './wait.ts';

/** Everybody who reads what a node delivers. */
export class Consumers {
  readonly #store: Store;
  readonly #limits: Limits;
  readonly #cluster: ClusterDefinition;
  readonly #wake = new Wake();
  /** By `sender#seq`: who waits for that message. */
  readonly #awaited = new Map<string, Awaited>();
  readonly #busy = new Set<string>();
  #ended = false;

  constructor(options: {
    readonly store: Store;
    readonly limits: Limits;
    readonly cluster: ClusterDefinition;
  }) {
    this.#store = options.store;
    this.#limits = options.limits;
    this.#cluster = options.cluster;
  }

  /** A delivery is durable: whoever waits for it gets it. */
  delivered(effect: Extract<MemberEffect, { readonly kind: 'deliver' }>): void {
    this.#wake.notify();
    if (this.#awaited.size === 0) return;
    const { sender, firstSeq, messages } = effect;
    for (const [index, message] of messages.entries()) {
      const seq = firstSeq + index;
      const awaited = this.#awaited.get(keyOf(sender, seq));
      if (awaited === undefined) continue;
      this.#awaited.delete(keyOf(sender, seq));
      const number = this.#store.find(sender, seq)?.number ?? 0;
      awaited.resolve(this.#delivery({ number, sender, seq, payload: copyBytes(message) }));
    }
  }

  /** @throws QuorumcastError ERR_CONSUMER_BUSY, ERR_CURSOR */
  open(options: DeliveriesOptions): DeliveryReader {
    const { consumer } = options;
    if (consumer !== undefined && this.#busy.has(consumer)) {
      throw new QuorumcastError(
        'ERR_CONSUMER_BUSY',
        `somebody is reading as consumer "${consumer}" already`,
        {
          hint: 'end that reader first, or use another name',
          retryable: true,
        },
      );
    }
    const reader = new DeliveryReader(this.#source(), options, () => {
      if (consumer !== undefined) this.#busy.delete(consumer);
    });
    if (consumer !== undefined) this.#busy.add(consumer);
    return reader;
  }

  /** The delivered message sender#seq; undefined if it is not delivered here. */
  async find(ref: InstanceRef): Promise<Delivery | undefined> {
    const found = this.#store.find(ref.sender, ref.seq);
    if (found === undefined) return undefined;
    const stored = await this.#store.deliveries(found.number, 1);
    const raw = unpack(stored, this.#limits).find(({ number }) => number === found.number);
    return raw && this.#delivery(raw);
  }

  /** Resolves when sender#seq is delivered here; with nothing when the node ends. */
  awaitDelivery(ref: InstanceRef): Promise<Delivery | undefined> {
    if (this.#store.find(ref.sender, ref.seq) !== undefined) return this.find(ref);
    if (this.#ended) return Promise.resolve(undefined);
    const key = keyOf(ref.sender, ref.seq);
    const awaited = this.#awaited.get(key) ?? new Awaited();
    this.#awaited.set(key, awaited);
    return awaited.promise;
  }

  /** Ends every reader. */
  close(): void {
    this.#ended = true;
    this.#wake.notify();
    for (const awaited of this.#awaited.values()) awaited.resolve(undefined);
    this.#awaited.clear();
  }

  #delivery(raw: RawDelivery): Delivery {
    return deliveryOf(raw, this.#source(), () => Promise.resolve());
  }

  #source(): DeliverySource {
    return {
      store: this.#store,
      limits: this.#limits,
      senderName: (id: NodeId) => this.#cluster.member(id).name,
      more: (signal) => waitOrAbort(this.#wake, signal),
      ended: () => this.#ended,
      last: () => this.#store.deliveredCount,
    };
  }
}

/** Until the next `notify`, or until `signal` fires. */
async function waitOrAbort(wake: Wake, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return wake.wait();
  const onAbort = (): void => wake.notify();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await wake.wait();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A delivery that somebody waits for, perhaps several times over. */
class Awaited {
  resolve: (delivery: Delivery | undefined) => void = () => undefined;
  readonly promise: Promise<Delivery | undefined>;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}

function keyOf(sender: NodeId, seq: number): string {
  return `${sender}#${seq}`;
}
