import type { NodeId } from '../../committee/index.ts';
import { QuorumcastError } from '../errors.ts';
import type { Catalog } from './catalog.ts';
import type { StoredDelivery } from './store.ts';

const LIMIT_BYTES = 16_777_216;

interface Wanted {
  readonly fromNumber: number;
  readonly limitMessages: number;
  readonly limitBytes: number | undefined;
}

/** `Store.deliveries`, of the first `durable` messages; `load` gives the payload of a row. */
export async function deliveriesFrom(
  catalog: Catalog,
  durable: number,
  { fromNumber, limitMessages, limitBytes = LIMIT_BYTES }: Wanted,
  load: (row: number) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
): Promise<StoredDelivery[]> {
  const deliveries: StoredDelivery[] = [];
  if (!(fromNumber >= 1 && fromNumber <= durable)) return deliveries;
  if (fromNumber < catalog.firstNumber) throw retentionError(fromNumber, catalog.firstNumber);
  let bytes = 0;
  for (let index = catalog.order.orderOf(fromNumber); ; index += 1) {
    const place = catalog.order.place(index);
    if (place === undefined || place.firstNumber > durable) return deliveries;
    const { row, sender, instance, firstNumber, firstSeq, count } = place;
    // Shards that stand for nothing: there is nothing to read.
    if (count === 0) continue;
    const last = firstNumber + count - 1;
    if (deliveries.length > 0 && last - fromNumber + 1 > limitMessages) return deliveries;
    const loaded = load(row);
    // What is in memory is not waited for: a turn of the queue for each would cost more than the copy.
    const payload = loaded instanceof Uint8Array ? loaded : await loaded;
    // It was dropped while it was being read: what comes after it is there, unless that was dropped too.
    if (payload === undefined && deliveries.length > 0) return deliveries;
    if (payload === undefined) throw retentionError(fromNumber, catalog.firstNumber);
    bytes += payload.length;
    if (deliveries.length > 0 && bytes > limitBytes) return deliveries;
    deliveries.push({ firstNumber, sender, instance, firstSeq, count, payload });
  }
}

/** `Store.find`, among the first `durable` messages delivered here. */
export function findDurable(catalog: Catalog, durable: number, sender: NodeId, seq: number) {
  const found = catalog.find(sender, seq);
  return found !== undefined && found.number <= durable ? found : undefined;
}

/** Said to whoever asks for deliveries that are kept no more. */
export function retentionError(wanted: number, first: number): QuorumcastError {
  return new QuorumcastError(
    'ERR_RETENTION',
    `delivery d${wanted} is kept no more: the oldest kept is d${first}, ${first - wanted} later`,
    {
      hint:
        'read on with `from: "start"`, which begins with the oldest one kept; to lose none, acknowledge sooner or ' +
        'raise retention',
    },
  );
}
