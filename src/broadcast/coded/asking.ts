import { bytesEqual, bytesEqualAt } from '../../base/index.ts';
import type { CodedMessage, ShardMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Effect } from '../../protocol/index.ts';
import type { Bracha } from '../bracha.ts';
import { PullRotation } from '../pull.ts';
import type { CodedOptions, CodedOutput } from './options.ts';
import { reaches } from './ring.ts';

/**
 * Whom to ask for the shards of a decided code word: as many holders as shards are missing, and none of those that send
 * theirs unasked, unless time has passed.
 */
export class Asking {
  readonly #options: CodedOptions;
  readonly #pull: PullRotation;
  /** By member: that it said ECHO or DONE for what is decided. */
  readonly #holders: Uint8Array;
  #decided: Digest | undefined;

  constructor(options: CodedOptions) {
    this.#options = options;
    this.#pull = new PullRotation(options.committee.n, options.self + 1);
    this.#holders = new Uint8Array(options.committee.n);
  }

  /** Whether an answer of this member is awaited. */
  expects(member: NodeId): boolean {
    return this.#pull.expects(member);
  }

  /** The votes asked this member, not knowing whether it is for a payload or for shards. */
  note(member: NodeId): void {
    this.#pull.note(member);
  }

  forget(member: NodeId): void {
    this.#pull.forget(member);
  }

  /** It answered with other bytes than it vouched for: not asked again. */
  distrust(member: NodeId): void {
    this.#pull.distrust(member);
  }

  /** `digest` is decided by these votes; says who holds it. */
  decided(digest: Digest, votes: Bracha): void {
    if (this.#decided !== undefined) return;
    this.#decided = digest;
    const { candidates, echoes, dones } = votes.snapshot();
    const index = candidates.findIndex((each) => bytesEqual(each.digest, digest));
    for (const id of this.#options.committee.ids)
      if (echoes[id] === index || dones[id] === index) this.#holders[id] = 1;
  }

  /** A member says that it holds what the digest in `bytes` at `at` names. The votes may be through with it by now. */
  heard(member: NodeId, bytes: Uint8Array, at: number): void {
    if (this.#decided !== undefined && bytesEqualAt(this.#decided, bytes, at)) this.#holders[member] = 1;
  }

  /** Asks for what is missing beside `shards`. `again`: time has passed, and who was asked before did not answer. */
  ask(
    shards: ReadonlyMap<number, ShardMessage>,
    again: boolean,
    effects: Effect<CodedMessage, CodedOutput>[],
  ): void {
    const { committee, self, sender, coding } = this.#options;
    if (this.#decided === undefined) return;
    const missing = coding.dataShards - shards.size;
    const holders = committee.ids.filter((id) => id !== self && this.#holders[id] === 1);
    // The sender answers with this member's own shard.
    const useful = holders.filter((id) => !shards.has(id === sender ? self : id));
    const comes = (id: NodeId): boolean =>
      !again && (this.#pull.expects(id) || reaches(committee, sender, id, self));
    // When all of these were asked in vain, those that gave their shard: who has delivered since gives everything.
    const inVain = again && useful.every((id) => this.#pull.expects(id));
    const others = inVain ? holders : useful.filter((id) => !comes(id));
    for (let coming = useful.filter(comes).length; coming < missing; coming += 1) {
      const to = this.#pull.next(others) ?? (again ? this.#pull.next(holders) : undefined);
      if (to === undefined) return;
      effects.push({ kind: 'send', to, message: { kind: 'pull', digest: this.#decided } });
    }
  }
}
