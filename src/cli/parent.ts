/**
 * A signal that is aborted when the process that started this one lets go of it or ends, however it ends. Signals
 * from the terminal go to both; the parent decides, so this one ignores them.
 */
export function superviseByParent(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  process.once('SIGTERM', () => controller.abort());
  if (process.connected) process.once('disconnect', () => controller.abort());
  else controller.abort();
  return controller.signal;
}

/** Tells the process that started this one, if it listens. */
export function tellParent(news: object): void {
  // A parent that has just gone is no error here.
  if (process.connected) process.send?.(news, undefined, undefined, () => undefined);
}
