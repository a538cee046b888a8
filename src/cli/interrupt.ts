import { setMaxListeners } from 'node:events';
import { EXIT } from './exit.ts';

/**
 * A signal that the first SIGINT or SIGTERM aborts. The second ends the process at once. Until somebody asks for
 * this, both keep their usual effect.
 */
export function interruptSignal(): AbortSignal {
  shared ??= install();
  return shared;
}

let shared: AbortSignal | undefined;

function install(): AbortSignal {
  const controller = new AbortController();
  // As many as wait for it: eleven are no leak.
  setMaxListeners(0, controller.signal);
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Windows and closed terminals.
  process.on('SIGHUP', onSignal);
  return controller.signal;
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
