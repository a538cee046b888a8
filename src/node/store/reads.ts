import type { NodeId } from '../../committee/index.ts';
import type { Catalog } from './catalog.ts';
import type { StoredDelivery } from './store.ts';

const LIMIT_BYTES = 16_777_216;

interface Wanted {
  readonly fromNumber: number;
  readonly limitMessages: number;
  readonly limitBytes: number | undefined;
  /** Whether `load` gives copies. */
  readonly owned: boolean;
}

/** `Store.deliveries`, of the first `durable` messages; `load` gives the payload of a row. */
export async function deliveriesFrom(
  catalog: Catalog,
  durable: number,
  { fromNumber, limitMessages, limitBytes = LIMIT_BYTES, owned }: Wanted,
  load: (row: number) => Uint8Array | Promise<Uint8Array>,
): Promise<StoredDelivery[]> {
  const deliveries: StoredDelivery[] = [];
  if (!(fromNumber >= 1 && fromNumber <= durable)) return deliveries;
  let bytes = 0;
  for (let index = catalog.orderOf(fromNumber); ; index += 1) {
    const place = catalog.place(index);
    if (place === undefined || place.firstNumber > durable) return deliveries;
    const { row, sender, instance, firstNumber, firstSeq, count } = place;
    const last = firstNumber + count - 1;
    if (deliveries.length > 0 && last - fromNumber + 1 > limitMessages) return deliveries;
    const loaded = load(row);
    // What is in memory is not waited for: a turn of the queue for each would cost more than the copy.
    const payload = loaded instanceof Uint8Array ? loaded : await loaded;
    bytes += payload.length;
    if (deliveries.length > 0 && bytes > limitBytes) return deliveries;
    const digest = catalog.payloads.digest(row);
    deliveries.push({ firstNumber, sender, instance, firstSeq, count, digest, payload, owned });
  }
}

/** `Store.find`, among the first `durable` messages delivered here. */
export function findDurable(catalog: Catalog, durable: number, sender: NodeId, seq: number) {
  const found = catalog.find(sender, seq);
  return found !== undefined && found.number <= durable ? found : undefined;
}
