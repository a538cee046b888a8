/** What of an `AbortSignal` is used: the core compiles without the platform's. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(kind: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(kind: 'abort', listener: () => void): void;
}

interface Watched {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watched = new WeakMap<Signal, Watched>();

/**
 * Calls `callback` when `signal` fires; the function it returns takes that back. However many wait for one signal, it
 * gets one listener: platforms warn of a leak at eleven. Nothing happens for a signal that has fired already.
 */
export function onAbort(signal: Signal, callback: () => void): () => void {
  const known = watched.get(signal) ?? watch(signal);
  known.callbacks.add(callback);
  return () => {
    if (!known.callbacks.delete(callback) || known.callbacks.size > 0) return;
    signal.removeEventListener('abort', known.listener);
    watched.delete(signal);
  };
}

function watch(signal: Signal): Watched {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    watched.delete(signal);
    // One of them may take others back.
    for (const callback of [...callbacks]) if (callbacks.delete(callback)) callback();
  };
  signal.addEventListener('abort', listener, { once: true });
  const made = { callbacks, listener };
  watched.set(signal, made);
  return made;
}
