import { bytesEqual } from '../../base/index.ts';
import { batchBytesMax, endBytesMax } from '../../codec/index.ts';
import type { ClusterDefinition } from './definition.ts';

/** Why the members that `next` gives up cannot be given up, and what to do; undefined if they can. */
export function whyNotWithout(
  before: ClusterDefinition,
  next: ClusterDefinition,
): { readonly why: string; readonly hint: string } | undefined {
  const { givenUp } = next;
  const { f } = before.committee;
  const names = givenUp.join(', ');
  const unknown = givenUp.find((name) => before.memberNamed(name) === undefined);
  if (unknown !== undefined) {
    const members = before.members.map(({ name }) => name).join(', ');
    return {
      why: `"${unknown}" is given up and is no member of epoch ${before.epoch}`,
      hint: `its members are ${members}`,
    };
  }
  if (givenUp.length > f) {
    return {
      why: `${givenUp.length} members are given up (${names}); of ${before.committee.n} there may be ${f}, who are counted among the faulty`,
      hint: 'bring one of them back; if that cannot be, it takes a change with a pause: docs/operations.md',
    };
  }
  for (const name of givenUp) {
    const key = before.memberNamed(name)?.publicKey ?? new Uint8Array(0);
    const kept = next.members.find(({ publicKey }) => bytesEqual(publicKey, key));
    if (kept === undefined) continue;
    return {
      why: `"${name}" is given up, and its old key is that of "${kept.name}" in epoch ${next.epoch}`,
      hint: `make a new key with \`quorumcast keygen ${name}\` and bring its card: what the old one said cannot be taken back`,
    };
  }
  const bytes = endBytesMax(givenUp.length, before.limits);
  if (givenUp.length === 0 || bytes <= batchBytesMax(before.limits)) return undefined;
  return {
    why: `to give up ${givenUp.length} members takes payloads of ${bytes} bytes with a window of ${before.limits.window}; limits.payloadBytes is ${before.limits.payloadBytes}`,
    hint: 'this cluster goes over to other limits by a change with a pause: docs/operations.md',
  };
}

/** Whether `later` may take the place of `earlier`, which follows the same epoch: it gives up all that that does, and more. */
export function supersedes(later: ClusterDefinition, earlier: ClusterDefinition): boolean {
  const [from, to] = [earlier.previous, later.previous];
  if (from === undefined || to === undefined || !bytesEqual(from, to)) return false;
  const all = earlier.givenUp.every((name) => later.givenUp.includes(name));
  return all && later.givenUp.length > earlier.givenUp.length;
}
