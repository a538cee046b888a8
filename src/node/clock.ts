/** Milliseconds on a clock that never goes back. Wall-clock time is for people only: it decides nothing here. */
export function monotonicMs(): number {
  return performance.now();
}
