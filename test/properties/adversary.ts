import type { Prng } from '../../src/base/index.ts';
import type { InstanceMessage } from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import { asDigest, type Digest } from '../../src/crypto/index.ts';

/** A message on its way between two members of an instance. */
export interface InFlight {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: InstanceMessage;
}

/** The values that a run is about, and one that nobody ever meant. */
export const X = Uint8Array.of(0x78);
export const Y = Uint8Array.of(0x79);
export const JUNK = Uint8Array.of(0x6a, 0x6a);

/** A stand-in for SHA-256 that is injective on short payloads: runs are many and the hash is not on trial. */
export function toyDigest(payload: Uint8Array): Digest {
  const bytes = new Uint8Array(32);
  bytes.set(payload.subarray(0, 31), 1);
  bytes[0] = payload.length;
  const digest = asDigest(bytes);
  if (digest === undefined) throw new Error('32 bytes are a digest');
  return digest;
}

const VALUES = [X, Y, JUNK] as const;

/**
 * All that the faulty members will ever say, drawn up before the run: the scheduler decides when, and since first
 * votes count, a vote for each (liar, kind, receiver) is as general as lying can get. Contradictions, repetitions
 * and forgeries are mixed in on top.
 */
export function planLies(
  prng: Prng,
  faulty: readonly NodeId[],
  correct: readonly NodeId[],
  sender: NodeId,
): InFlight[] {
  const lies: InFlight[] = [];
  // How many kinds of value the liars bother with: concentrated lies are the dangerous ones.
  const spread = 1 + prng.below(3);
  const value = (): Uint8Array => VALUES[prng.below(spread)] ?? X;
  for (const from of faulty) {
    const zeal = 1 + prng.below(4);
    for (const to of correct) {
      const say = (message: InstanceMessage): void => {
        if (prng.chance(zeal, 4)) lies.push({ from, to, message });
      };
      say({ kind: 'echo', digest: toyDigest(value()) });
      say({ kind: 'ready', digest: toyDigest(value()) });
      if (from === sender) say({ kind: 'initial', payload: value() });
      if (prng.chance(1, 4)) say({ kind: 'done', digest: toyDigest(value()) });
      for (let extra = prng.below(3); extra > 0; extra -= 1) say(anything(prng, value));
    }
  }
  return lies;
}

/** A message of any kind about any value, in and out of place. */
export function anything(prng: Prng, value: () => Uint8Array): InstanceMessage {
  const digest = toyDigest(value());
  switch (prng.below(6)) {
    case 0:
      return { kind: 'initial', payload: value() };
    case 1:
      return { kind: 'echo', digest };
    case 2:
      return { kind: 'ready', digest };
    case 3:
      return { kind: 'done', digest };
    case 4:
      return { kind: 'pull', digest };
    default:
      return { kind: 'payload', payload: value() };
  }
}
