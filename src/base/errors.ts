/**
 * The caller asked for something that has no meaning here: a second proposal, a payload over the limit,
 * a call after the end. The state is unchanged. Never caused by a peer.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
