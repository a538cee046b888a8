import { QuorumcastError } from './quorumcast-error.ts';

/** The options of a call that takes nothing but a signal. */
export const SIGNAL_ONLY: readonly string[] = ['signal'];

/**
 * Whether a caller without types said something in its options that would do nothing: an idempotency key that is
 * misspelt protects from no second broadcast, a signal that is not named ends no waiting.
 * @throws QuorumcastError ERR_USAGE
 */
export function checkCall(call: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw usage(
      `${call} takes its options as one object, not ${options === null ? 'null' : typeof options}`,
      known,
    );
  }
  if ('aborted' in options) throw usage(`${call} takes a signal by its name: { signal }`, known);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw usage(`${call} has no option "${name}"`, known);
  }
  const signal = 'signal' in options ? options.signal : undefined;
  if (signal === undefined || (typeof signal === 'object' && signal !== null && 'aborted' in signal)) return;
  throw usage(`the signal of ${call} is no AbortSignal`, known);
}

function usage(message: string, known: readonly string[]): QuorumcastError {
  return new QuorumcastError('ERR_USAGE', message, { hint: `there are ${known.join(', ')}` });
}
