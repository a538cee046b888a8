import { assert, bytesEqual } from '../../base/index.ts';
import type { CodedMessage, InstanceMessage, ShardMessage, VoteKind } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { copyDigest, type Digest } from '../../crypto/index.ts';
import { type Effect, type Effects, NOTHING, type Protocol } from '../../protocol/index.ts';
import { accuse } from '../accuse.ts';
import { Bracha } from '../bracha.ts';
import { type BrachaOutput, requireProposal } from '../options.ts';
import type { BroadcastView } from '../view.ts';
import { Asking } from './asking.ts';
import type { Decoding } from './code-word.ts';
import { type Conclusion, concludeFrom, concludeFromAnswer, deliveryOf, refusalOf } from './conclude.ts';
import { holdingBytes, ownHolding } from './holding.ts';
import { type Named, Names } from './names.ts';
import type { CodedOptions, CodedOutput } from './options.ts';
import { type Recognised, recognise } from './recognise.ts';
import { reaches } from './ring.ts';
import { Shards } from './shards.ts';
import { type CodedSnapshot, snapshotOfCoded } from './snapshot.ts';

type Out = Effect<CodedMessage, CodedOutput>;
type Outs = Effects<CodedMessage, CodedOutput>;
type Inner = Effects<InstanceMessage, BrachaOutput>;

/**
 * One instance of reliable broadcast whose payload the sender may send in shards, so that it uploads less than three
 * times its length to any number of members. [after Cachin and Tessaro, Asynchronous Verifiable Information Dispersal,
 * SRDS 2005; `docs/protocols/coded.md`]
 *
 * The votes are `Bracha`'s, on the digest of the code word: to it, the own shard is the payload. What this class adds is
 * how shards come and go, and what they stand for once the digest is decided: the payload, or, where the sender's shards
 * are no code word, the same nothing at every correct member. A payload that the sender does not code passes through.
 *
 * Holds what `Bracha` holds, one more digest, and one shard of each member at most.
 */
export class Coded implements Protocol<Uint8Array, CodedMessage, CodedOutput> {
  readonly #options: CodedOptions;
  readonly #votes: Bracha;
  readonly #shards = new Shards();
  readonly #asking: Asking;
  readonly #answered: Uint8Array;
  readonly #lied: Uint8Array;
  readonly #names = new Names();
  /** The own proposal, if it is coded. */
  #proposal: Named | undefined;
  #proposed = false;
  /** The code word that the sender announced, or sent the own shard of. */
  #announced: Digest | undefined;
  /** The sender's shard was refused, or it contradicted itself: said once. */
  #closed = false;
  /** What a former life found the decided code word to stand for. */
  #former: { readonly digest: Digest; readonly decoding: Decoding; readonly shown: Uint8Array } | undefined;
  #delivered = false;
  #bytesDelivered = 0;

  constructor(options: CodedOptions) {
    const { committee, coding, payloadBytesMax: most, valid, digestOf } = options;
    this.#options = options;
    this.#asking = new Asking(options);
    this.#answered = new Uint8Array(committee.n);
    this.#lied = new Uint8Array(committee.n);
    this.#votes = new Bracha({
      ...options,
      // Without the own shard nobody could vouch on the word of others, and the proofs need nobody to.
      rules: { ...options.rules, echoesOnVotes: false },
      digestOf: (bytes) => this.#names.of(bytes) ?? digestOf(bytes),
      valid: (bytes) => this.#names.of(bytes) !== undefined || (bytes.length <= most && valid(bytes)),
      payloadBytesMax: Math.max(most, holdingBytes(coding, most, 1)),
    });
  }

  /** Set with delivery. */
  get terminated(): boolean {
    return this.#delivered;
  }

  /** Bytes of payloads and shards held in memory. */
  get bytesHeld(): number {
    return this.#votes.bytesHeld + this.#shards.bytes + this.#bytesDelivered;
  }

  /** Whether the sender's INITIAL or shard has come; a second one costs no memory. */
  get hasInitial(): boolean {
    return this.#votes.hasInitial || this.#closed;
  }

  /** Whether the decided payload is still to be had from others. */
  get pulling(): boolean {
    return !this.#delivered && (this.#votes.decided !== undefined || this.#votes.pulling);
  }

  /** The payload that this member vouched for, where it has more of it than a shard. */
  get likelyPayload(): Uint8Array | undefined {
    const likely = this.#votes.likelyPayload;
    const shard = this.#names.of(likely) !== undefined && likely !== this.#proposal?.bytes;
    return shard ? undefined : likely;
  }

  /** Broadcasts `payload`, which the caller no longer writes to. @throws UsageError if not the sender's, twice, or too long. */
  propose(payload: Uint8Array): Outs {
    const { committee, self, codes, coding } = this.#options;
    requireProposal(this.#options, payload, this.#proposed);
    this.#proposed = true;
    if (payload.length === 0 || !codes(payload)) return this.#step(this.#votes.propose(payload));
    const { digest, shardOf } = coding.encode(payload);
    this.#proposal = this.#names.add(payload, digest);
    const effects: Out[] = [];
    for (const effect of this.#votes.propose(payload)) {
      if (effect.kind === 'keep') effects.push(effect);
      else
        effects.push({ kind: 'broadcast', message: { kind: 'dispersal', digest, length: payload.length } });
    }
    for (const to of committee.ids) if (to !== self) effects.push({ kind: 'send', to, message: shardOf(to) });
    return effects;
  }

  handle(from: NodeId, message: CodedMessage): Outs {
    if (this.#delivered) return NOTHING;
    switch (message.kind) {
      case 'echo':
      case 'ready':
      case 'done':
        return this.vote(message.kind, from, message.digest, 0);
      case 'dispersal':
        return this.#onDispersal(from, message.digest);
      case 'shard':
        return from === this.#options.sender ? this.#onOwnShard(message) : this.#onShard(from, message);
      case 'initial':
        return this.#onInitial(from, message);
      case 'pull':
        return this.#onPull(from, message);
      case 'payload':
        return this.#onPayload(from, message);
    }
  }

  /** As `Bracha.restore`; `said` holds what was kept, a shard or a payload, as `payload` messages. */
  restore(said: readonly CodedMessage[]): Outs {
    const { self, sender } = this.#options;
    const announced = said.some(({ kind }) => kind === 'dispersal');
    const forVotes: InstanceMessage[] = [];
    for (const message of said) {
      if (!('payload' in message)) {
        if (message.kind !== 'dispersal' && message.kind !== 'shard') forVotes.push(message);
        continue;
      }
      const { payload } = message;
      const initial = self === sender && (message.kind === 'initial' || announced);
      const found = recognise(this.#options, payload, said, initial);
      if (found !== undefined) this.#recall(payload, found);
      forVotes.push({ kind: initial ? 'initial' : 'payload', payload });
      this.#proposed ||= initial;
    }
    return this.#step(this.#votes.restore(forVotes));
  }

  /** As `Bracha.assure`. */
  readonly assure = (digest: Digest): Outs => this.#step(this.#votes.assure(digest));

  /** Time has passed: asks further holders for what is still missing. */
  retry(): Outs {
    if (this.#delivered) return NOTHING;
    return this.#inShards(this.#votes.decided) ? this.#ended([], true) : this.#step(this.#votes.retry());
  }

  /** The link to `peer` is new: what was asked or answered over the old one may be lost. */
  linkReset(peer: NodeId): void {
    this.#answered[peer] = 0;
    this.#asking.forget(peer);
    this.#votes.linkReset(peer);
  }

  /** The question to `peer` did not leave after all. */
  withdraw(peer: NodeId): void {
    this.#asking.forget(peer);
    this.#votes.withdraw(peer);
  }

  /** As `Bracha.owedTo`: with INITIAL goes the peer's shard, with ECHO the own one where the peer gets it unasked. */
  owedTo(peer: NodeId): readonly CodedMessage[] {
    const { committee, coding, self, sender } = this.#options;
    const owed: CodedMessage[] = [];
    for (const message of this.#votes.owedTo(peer)) {
      if (message.kind === 'initial' && message.payload === this.#proposal?.bytes) {
        const { digest, shardOf } = coding.encode(message.payload);
        owed.push({ kind: 'dispersal', digest, length: message.payload.length }, shardOf(peer));
        continue;
      }
      owed.push(message);
      const own = this.#shards.get(self);
      const tells = message.kind === 'echo' && own !== undefined && bytesEqual(own.digest, message.digest);
      if (tells && reaches(committee, sender, self, peer)) owed.push(own);
    }
    return owed;
  }

  /** What is known here, for people. Copies; safe to keep. */
  inspect(): BroadcastView {
    const view = this.#votes.inspect();
    if (view.phase !== 'delivered' || this.#delivered) return view;
    return { ...view, phase: 'readied', pulling: true };
  }

  /** All that decides what this machine will say and deliver. Copies; safe to keep. */
  snapshot(): CodedSnapshot {
    return snapshotOfCoded(this.#options, this.#votes, this.#shards, {
      announced: this.#announced,
      closed: this.#closed,
      delivered: this.#delivered,
    });
  }

  /** As `handle` of a vote whose digest stands in `bytes` at `at`. Keeps no reference. */
  vote(kind: VoteKind, from: NodeId, bytes: Uint8Array, at: number): Outs {
    if (this.#delivered) return NOTHING;
    const effects = this.#votes.vote(kind, from, bytes, at);
    if (kind !== 'ready') this.#asking.heard(from, bytes, at);
    if (effects.length === 0 && this.#votes.decided === undefined) return NOTHING;
    return this.#step(effects);
  }

  /** The sender names its code word; its own copy makes it ECHO. */
  #onDispersal(from: NodeId, digest: Digest): Outs {
    const { self, sender } = this.#options;
    if (from !== sender) return accuse(from, 'not-the-sender');
    const payload = this.#proposal?.bytes;
    if (payload !== undefined) return this.#step(this.#votes.handle(self, { kind: 'initial', payload }));
    if (self === sender) return NOTHING;
    if (this.#announced === undefined && this.#votes.hasInitial) return this.#contradicted();
    return this.#announces(digest) ? NOTHING : this.#contradicted();
  }

  #onInitial(from: NodeId, message: Extract<CodedMessage, { kind: 'initial' }>): Outs {
    const both = this.#announced !== undefined && !this.#votes.hasInitial;
    if (both && from === this.#options.sender) return this.#contradicted();
    return this.#step(this.#votes.handle(from, message));
  }

  /** The sender gives this member its shard: what it vouches for. */
  #onOwnShard(message: ShardMessage): Outs {
    const { self, sender } = this.#options;
    const own = this.#shards.get(self);
    if (self === sender || this.#closed) return NOTHING;
    if (own !== undefined) return bytesEqual(own.digest, message.digest) ? NOTHING : this.#contradicted();
    const plain = this.#announced === undefined && this.#votes.hasInitial;
    if (plain || (this.#announced !== undefined && !bytesEqual(this.#announced, message.digest)))
      return this.#contradicted();
    const refusal = refusalOf(this.#options, message, self);
    if (refusal !== undefined) {
      this.#closed = true;
      return accuse(sender, refusal);
    }
    this.#announces(message.digest);
    this.#shards.add(self, message);
    const payload = ownHolding(self, message);
    this.#names.add(payload, copyDigest(message.digest));
    return this.#step(this.#votes.handle(sender, { kind: 'initial', payload }));
  }

  /** Another member gives its shard, which repeats its ECHO. */
  #onShard(from: NodeId, message: ShardMessage): Outs {
    const { self, sender } = this.#options;
    const known = this.#shards.get(from);
    if (self === sender || from === self || this.#lied[from] === 1) return NOTHING;
    if (known !== undefined && bytesEqual(known.digest, message.digest)) return NOTHING;
    const effects: Out[] = [];
    // The vote first: a second shard contradicts it, and so is not looked at.
    const votes = this.#votes.handle(from, { kind: 'echo', digest: message.digest });
    this.#lift(votes, effects);
    if (votes.some(({ kind }) => kind === 'fault') || known !== undefined) return this.#ended(effects);
    const refusal = refusalOf(this.#options, message, from);
    if (refusal !== undefined) {
      this.#lied[from] = 1;
      effects.push({ kind: 'fault', accused: from, code: refusal });
    } else {
      this.#shards.add(from, message);
      this.#asking.heard(from, message.digest, 0);
    }
    return this.#ended(effects);
  }

  #onPull(from: NodeId, message: Extract<CodedMessage, { kind: 'pull' }>): Outs {
    const { self, coding } = this.#options;
    const own = this.#shards.get(self);
    const digest = own?.digest ?? this.#proposal?.digest;
    if (digest === undefined || !bytesEqual(digest, message.digest))
      return this.#step(this.#votes.handle(from, message));
    if (this.#answered[from] === 1 || from === self) return NOTHING;
    this.#answered[from] = 1;
    // Who asks the sender gets its own shard again: the whole payload for each that asks would be the sender's ruin.
    const answer = own ?? (this.#proposal && coding.encode(this.#proposal.bytes).shardOf(from));
    return answer === undefined ? NOTHING : [{ kind: 'send', to: from, message: answer }];
  }

  /** Who has delivered gives all that it has: the payload, or what shows that there is none. */
  #onPayload(from: NodeId, message: Extract<CodedMessage, { kind: 'payload' }>): Outs {
    const digest = this.#votes.decided;
    if (digest === undefined) return this.#step(this.#votes.handle(from, message));
    if (!this.#asking.expects(from)) return NOTHING;
    const effects: Out[] = [];
    const plain = !this.#inShards(digest) && bytesEqual(this.#options.digestOf(message.payload), digest);
    const conclusion = plain ? undefined : concludeFromAnswer(this.#options, message.payload, digest);
    if (conclusion !== undefined) this.#conclude(digest, conclusion, effects);
    else {
      this.#asking.distrust(from);
      if (!this.#inShards(digest)) return this.#step(this.#votes.handle(from, message));
      effects.push({ kind: 'fault', accused: from, code: 'wrong-payload' });
    }
    return this.#ended(effects);
  }

  /** Whether the sender announces what it announced before, if it did. */
  #announces(digest: Digest): boolean {
    this.#announced ??= copyDigest(digest);
    return bytesEqual(this.#announced, digest);
  }

  #contradicted(): Outs {
    if (this.#closed) return NOTHING;
    this.#closed = true;
    return accuse(this.#options.sender, 'equivocation');
  }

  /** Takes over what a former life kept. */
  #recall(bytes: Uint8Array, { digest, own, decoding, proposal }: Recognised): void {
    const named = this.#names.add(bytes, digest);
    if (own !== undefined) this.#shards.add(this.#options.self, own);
    // Whatever the sender announces from now on has to be this.
    if (this.#options.self !== this.#options.sender) this.#announced = digest;
    if (proposal) this.#proposal = named;
    else if (decoding !== undefined) this.#former = { digest, decoding, shown: bytes };
  }

  #step(effects: Inner): Outs {
    const out: Out[] = [];
    this.#lift(effects, out);
    return this.#ended(out);
  }

  #ended(effects: Out[], again = false): Outs {
    this.#progress(effects, again);
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The effects of the votes as this machine's: with the ECHO goes the shard, and a decided code word is no output yet. */
  #lift(inner: Inner, out: Out[]): void {
    const { committee, self, sender } = this.#options;
    for (const effect of inner) {
      if (effect.kind === 'output') {
        if (this.#names.has(effect.output.digest)) continue;
        this.#delivered = true;
        out.push({ kind: 'output', output: { ...effect.output, nothing: false } });
      } else if (effect.kind === 'fault') out.push(this.#names.withoutHoldings(effect));
      else if (effect.kind !== 'send' || effect.message.kind !== 'pull') out.push(effect);
      // For shards this machine asks by itself.
      else if (!this.#inShards(this.#votes.decided)) {
        this.#asking.note(effect.to);
        out.push(effect);
      }
      if (effect.kind !== 'broadcast' || effect.message.kind !== 'echo') continue;
      const own = this.#shards.get(self);
      if (own === undefined || !bytesEqual(own.digest, effect.message.digest)) continue;
      for (const to of committee.ids)
        if (reaches(committee, sender, self, to)) out.push({ kind: 'send', to, message: own });
    }
  }

  /** What is decided is delivered as soon as it is here, and asked for until then. */
  #progress(effects: Out[], again: boolean): void {
    const digest = this.#votes.decided;
    if (this.#delivered || digest === undefined) return;
    this.#asking.decided(digest, this.#votes);
    const conclusion = this.#known(digest) ?? concludeFrom(this.#options, this.#shards, digest);
    if (conclusion !== undefined) this.#conclude(digest, conclusion, effects);
    else if (this.#inShards(digest)) this.#asking.ask(this.#shards.of(digest), again, effects);
  }

  /** Whether this is seen to be a code word: there are shards of it here. */
  #inShards(digest: Digest | undefined): boolean {
    return digest !== undefined && this.#shards.of(digest).size > 0;
  }

  /** What is known of a code word without any shards: the own proposal, or what a former life came to. */
  #known(digest: Digest): Conclusion | undefined {
    if (this.#former !== undefined && bytesEqual(this.#former.digest, digest))
      return { ...this.#former, kept: true };
    const proposal = this.#proposal;
    if (proposal === undefined || !bytesEqual(proposal.digest, digest)) return undefined;
    return { decoding: { payload: proposal.bytes }, shown: proposal.bytes, kept: true };
  }

  #conclude(digest: Digest, conclusion: Conclusion, effects: Out[]): void {
    for (const effect of deliveryOf(this.#options, digest, conclusion, this.#announced)) effects.push(effect);
    assert(!this.#delivered, 'an instance delivers once');
    this.#delivered = true;
    this.#bytesDelivered = conclusion.decoding.payload?.length ?? 0;
    this.#shards.clear();
  }
}
