/** Thrown when this library finds itself wrong: a bug here, never a peer's or a caller's doing. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Holds in production too: a member that has lost an invariant must stop rather than vote. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks the end of an exhaustive `switch`: a new kind that nobody handles fails to compile. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
