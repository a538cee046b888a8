import { toHex } from '../base/index.ts';
import type { Rules } from '../broadcast/index.ts';
import { claimsOf, type OpenClaim, type StreamClaim } from '../codec/index.ts';
import type { Committee, Limits, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';

/** Where a stream ends whose sender was given up. */
export interface Cut {
  /** Its last instance, 0 for none: what lies beyond is never delivered. */
  readonly last: number;
  /**
   * What is to be delivered in the last instances, where the claims decide it. In lower ones f+1 members have delivered
   * already, and everybody comes to what they have.
   */
  readonly digests: ReadonlyMap<number, Digest>;
}

/** What a cut is made of. */
export interface CutOptions {
  readonly committee: Committee;
  readonly rules: Rules;
  /** Of every member that is not given up: what its END said of this stream; undefined if nothing that could be read. */
  readonly claims: readonly (StreamClaim | undefined)[];
}

/**
 * Where the stream of a member that was given up is cut: a function of what the members that are not given up said about it
 * in their ENDs, hence the same at everybody who has those. [`docs/protocols/epochs.md`, «A member that is gone»]
 *
 * An instance is in if f+1 say that they have delivered it; or f+1 say that they delivered it with the same digest or said
 * READY for that; or, in the early form, as many as make a member READY say that they delivered it or said ECHO. Who has come
 * past it and does not say with what, for it skipped it, stands behind any digest that others name. The first instance that
 * is not in ends the stream.
 */
export function cutOf({ committee, rules, claims }: CutOptions): Cut {
  const { amplify } = committee.quorums;
  const known = claims.filter((claim) => claim !== undefined).map(lookUp);
  const bases = known.map(({ base }) => base).sort((a, b) => b - a);
  // All below this one were delivered by f+1.
  let last = (bases[amplify - 1] ?? 1) - 1;
  const digests = new Map<number, Digest>();
  for (let instance = last + 1; ; instance += 1) {
    const [digest, ...others] = decidedIn(known, instance, rules);
    if (digest === undefined) return { last, digests };
    if (others.length === 0) digests.set(instance, digest);
    last = instance;
  }
}

/**
 * The cuts of all streams whose senders are given up. `ends`: the END of every member that is not, as it was delivered. One
 * whose claims are about others than those that are given up, or cannot be read, claims nothing.
 */
export function cutsOf(
  committee: Committee,
  rules: Rules,
  limits: Limits,
  givenUp: readonly NodeId[],
  ends: readonly Uint8Array[],
): ReadonlyMap<NodeId, Cut> {
  const claims = ends.map((end) => claimsOf(end, limits));
  const about = claims.filter(
    (all) => all.length === givenUp.length && all.every(({ sender }) => givenUp.some((id) => id === sender)),
  );
  const cuts = givenUp.map((id) => {
    const ofSender = about.map((all) => all.find(({ sender }) => sender === id));
    return [id, cutOf({ committee, rules, claims: ofSender })] as const;
  });
  return new Map(cuts);
}

/** A claim whose open instances can be looked up. */
interface Known extends Pick<StreamClaim, 'base' | 'delivered'> {
  readonly open: ReadonlyMap<number, OpenClaim>;
}

function lookUp({ base, delivered, open }: StreamClaim): Known {
  return { base, delivered, open: new Map(open.map((claim) => [claim.instance, claim])) };
}

interface Support {
  readonly digest: Digest;
  readies: number;
  echoes: number;
}

/**
 * The digests that enough members stand behind in this instance. By the counting there is one at most, unless a correct
 * member skipped it: then a correct one has delivered it, and what it delivered is among these.
 */
function decidedIn(claims: readonly Known[], instance: number, rules: Rules): readonly Digest[] {
  const supports = new Map<string, Support>();
  const of = (digest: Digest): Support => {
    const key = toHex(digest);
    const support = supports.get(key) ?? { digest, readies: 0, echoes: 0 };
    supports.set(key, support);
    return support;
  };
  let skipped = 0;
  for (const { base, delivered, open } of claims) {
    // The last of them is that of the instance below the base.
    const done = delivered[delivered.length - (base - instance)];
    if (instance < base && done === undefined) skipped += 1;
    const { ready = done, echo = done } = open.get(instance) ?? {};
    if (ready !== undefined) of(ready).readies += 1;
    if (echo !== undefined) of(echo).echoes += 1;
  }
  const early = rules.deliverEarly !== undefined;
  const isIn = ({ readies, echoes }: Support): boolean =>
    readies + skipped >= rules.amplify || (early && echoes + skipped >= rules.echo);
  return [...supports.values()].filter(isIn).map(({ digest }) => digest);
}
