import { onAbort } from '../base/index.ts';
import { QuorumcastError } from './errors.ts';

/** The error for an operation whose signal fired. A timeout says so; neither tells whether it took effect. */
export function abortError(signal: AbortSignal, what: string): QuorumcastError {
  const timeout = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return timeout
    ? new QuorumcastError('ERR_TIMEOUT', `${what} did not finish in time`, {
        hint: 'it may still happen; ask again, or repeat with the same idempotency key',
        definite: false,
        retryable: true,
        cause: signal.reason,
      })
    : new QuorumcastError('ERR_ABORTED', `${what} was aborted`, { definite: false, cause: signal.reason });
}

/** `promise`, unless `signal` fires first. Leaves no listener behind. @throws QuorumcastError as `abortError` */
export async function withSignal<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<Value> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    promise.catch(() => undefined);
    throw abortError(signal, what);
  }
  let release: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(abortError(signal, what)));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    release?.();
  }
}

/** A condition that many may wait for; each wake lets all of them look again. */
export class Wake {
  #resolve: (() => void) | undefined;
  #promise: Promise<void> | undefined;

  /** Resolves at the next `notify`. */
  wait(): Promise<void> {
    this.#promise ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    return this.#promise;
  }

  notify(): void {
    this.#resolve?.();
    this.#promise = undefined;
    this.#resolve = undefined;
  }
}

/**
 * The same promise, which nobody need have looked at if it fails because the node closes: whoever forgot it has
 * nothing to do about that. Every other failure stays loud.
 */
export function forgiving<Value>(promise: Promise<Value>): Promise<Value> {
  const told: Promise<Value> = promise.catch((error: unknown) => {
    if (error instanceof QuorumcastError && error.code === 'ERR_CLOSED') told.catch(() => undefined);
    throw error;
  });
  return told;
}

/** Longest time that a timer can wait for. */
const TIMER_MS_MAX = 2_147_483_647;

/** What `promise` resolves to, or `otherwise` after `timeoutMs`. `promise` must not reject. */
export async function within<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  otherwise: Value,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Value>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), Math.min(Math.max(timeoutMs, 0), TIMER_MS_MAX));
  });
  const value = await Promise.race([promise, deadline]);
  clearTimeout(timer);
  return value;
}
