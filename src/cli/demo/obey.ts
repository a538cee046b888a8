import { QuorumcastError } from '../../node/index.ts';
import type { CommonTelling } from './protocol.ts';

/** Tells the demo that forked this process something, while it is there. */
export function tell<Telling = CommonTelling>(telling: Telling): void {
  if (process.connected) process.send?.(telling);
}

/** This member is of no use any more. */
export function fail(error: unknown): void {
  const known = error instanceof QuorumcastError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  tell<CommonTelling>({
    ...{ kind: 'failed', code: known?.code ?? 'ERR_INTERNAL' },
    ...{ message, hint: known?.hint ?? '' },
  });
}

/** Obeys the orders of the demo that forked this process, and ends when that one does. */
export function obeyOrders<Order>(obey: (order: Order) => Promise<void>): void {
  process.on('message', (order: Order) => {
    obey(order).catch((error: unknown) => {
      fail(error);
      process.exitCode = 1;
      if (process.connected) process.disconnect();
    });
  });
  // The demo ends its members itself; a Ctrl-C in the terminal reaches them too, and is not for them.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit());
}
