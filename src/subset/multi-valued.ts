import { toHex } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import { type Effects, lift, type Protocol } from '../protocol/index.ts';
import { CommonSubset, type CommonSubsetOptions } from './common-subset.ts';
import type { Proposal, SubsetMessage } from './message.ts';

/** What a multi-valued agreement ends with: at most once, the same at every correct member. */
export interface Choice {
  readonly value: Uint8Array;
  /** Who proposed it, of those whose proposals are in. Ascending. */
  readonly proposers: readonly NodeId[];
  /** How many proposals are in. */
  readonly of: number;
}

/**
 * All correct members decide one value, out of a common subset of their proposals: the one that most of it carry, and of
 * several that of the lowest proposer. What correct members all propose is decided: n-2f > f of any such set are theirs.
 *
 * External validity is that of the broadcast: a proposal that the predicate `valid` refuses is vouched for by no correct
 * member, so it is in no set.
 */
export class MultiValuedAgreement<B, A> implements Protocol<Uint8Array, SubsetMessage<B, A>, Choice> {
  readonly #subset: CommonSubset<B, A>;

  constructor(options: CommonSubsetOptions<B, A>) {
    this.#subset = new CommonSubset(options);
  }

  get terminated(): boolean {
    return this.#subset.terminated;
  }

  /** As `CommonSubset.settled`. */
  get settled(): boolean {
    return this.#subset.settled;
  }

  /** As `CommonSubset.rounds`. */
  get rounds(): number {
    return this.#subset.rounds;
  }

  /** @throws UsageError if called twice, or if the broadcast refuses the value. */
  propose(value: Uint8Array): Effects<SubsetMessage<B, A>, Choice> {
    return this.#lifted(this.#subset.propose(value));
  }

  handle(from: NodeId, message: SubsetMessage<B, A>): Effects<SubsetMessage<B, A>, Choice> {
    return this.#lifted(this.#subset.handle(from, message));
  }

  /** As `CommonSubset.restore`. */
  restore(said: readonly SubsetMessage<B, A>[]): Effects<SubsetMessage<B, A>, Choice> {
    return this.#lifted(this.#subset.restore(said));
  }

  retry(): Effects<SubsetMessage<B, A>, Choice> {
    return this.#lifted(this.#subset.retry());
  }

  linkReset(peer: NodeId): void {
    this.#subset.linkReset(peer);
  }

  owedTo(peer: NodeId): readonly SubsetMessage<B, A>[] {
    return this.#subset.owedTo(peer);
  }

  inspect(): ReturnType<CommonSubset<B, A>['inspect']> {
    return this.#subset.inspect();
  }

  #lifted(effects: Effects<SubsetMessage<B, A>, readonly Proposal[]>): Effects<SubsetMessage<B, A>, Choice> {
    return lift(
      effects,
      (message) => message,
      (proposals) => [{ kind: 'output', output: choose(proposals) }],
    );
  }
}

/** The value of most proposals, of several that of the lowest proposer. There is at least one. */
export function choose(proposals: readonly Proposal[]): Choice {
  const groups = new Map<string, Proposal[]>();
  for (const proposal of proposals) {
    const key = toHex(proposal.payload);
    groups.set(key, [...(groups.get(key) ?? []), proposal]);
  }
  let best: readonly Proposal[] = [];
  for (const group of groups.values()) if (group.length > best.length) best = group;
  const [first] = best;
  return {
    value: first?.payload ?? new Uint8Array(0),
    proposers: best.map(({ proposer }) => proposer),
    of: proposals.length,
  };
}
