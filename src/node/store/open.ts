import { bytesEqual } from '../../base/index.ts';
import type { InstanceMessage } from '../../codec/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Statement } from '../../member/index.ts';

/** What this member said in an undelivered instance, in the order it was said. */
export type Open = Map<Statement, Digest>;

/** The messages that bring a member's instance back to where it was. */
export function repeated(said: Open, payload: (digest: Digest) => Uint8Array): InstanceMessage[] {
  const messages: InstanceMessage[] = [];
  let initiated: Digest | undefined;
  for (const [kind, digest] of said) {
    if (kind === 'initial') {
      initiated = digest;
      messages.push({ kind, payload: payload(digest) });
      continue;
    }
    const held = initiated !== undefined && bytesEqual(initiated, digest);
    if (kind === 'echo' && !held) messages.push({ kind: 'payload', payload: payload(digest) });
    messages.push({ kind, digest });
  }
  return messages;
}
