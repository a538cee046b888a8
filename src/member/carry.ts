import { assert } from '../base/index.ts';
import type { CodedMessage, MemberMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import { NOTHING } from '../protocol/index.ts';
import type { Fault, Keep, StreamOutput, StreamSink } from '../stream/index.ts';
import type { MemberEffect } from './effect.ts';
import type { Peer } from './peer.ts';
import type { Progress } from './progress.ts';

const NO_BATCH = { firstSeq: 0, count: 0 };

/**
 * Makes what streams ask for the member's own effects: statements go to the peers that take them. Between `begin` and
 * `taken` it is one stream's.
 */
export class Carrier implements StreamSink {
  readonly #peers: readonly Peer[];
  readonly #progress: Progress;
  #sender: NodeId;
  #batch = NO_BATCH;
  #effects: MemberEffect[] | undefined;
  /** Of the payload that was kept last since `begin`. */
  #kept: Digest | undefined;

  constructor(peers: readonly Peer[], progress: Progress, self: NodeId) {
    this.#peers = peers;
    this.#progress = progress;
    this.#sender = self;
  }

  /**
   * What comes now is a stream's of `sender`. `effects`: where to add it; a new list is made if that is undefined.
   * `batch`: of an own INITIAL, the messages in it.
   */
  begin(sender: NodeId, effects?: MemberEffect[], batch = NO_BATCH): this {
    this.#sender = sender;
    this.#effects = effects;
    this.#batch = batch;
    this.#kept = undefined;
    return this;
  }

  /** What came since `begin`, with all that stood in its list before; `NOTHING` if nothing came and there was no list. */
  taken(): readonly MemberEffect[] {
    const effects = this.#effects;
    this.#effects = undefined;
    return effects ?? NOTHING;
  }

  keep(effect: Keep): void {
    this.#kept = effect.digest;
    this.#add(effect);
  }

  say(instance: number, body: CodedMessage): void {
    const sender = this.#sender;
    if (body.kind === 'initial' || body.kind === 'dispersal') {
      const digest = this.#kept;
      assert(digest !== undefined, 'an INITIAL follows the payload it is kept with');
      const { firstSeq, count } = this.#batch;
      this.#add({ kind: 'said', sender, instance, statement: 'initial', digest, firstSeq, count });
    } else if (body.kind === 'echo' || body.kind === 'ready') {
      const { kind: statement, digest } = body;
      this.#add({ kind: 'said', sender, instance, statement, digest, firstSeq: 0, count: 0 });
    }
    const message: MemberMessage = { kind: 'instance', sender, instance, body };
    const peers = this.#peers;
    for (let i = 0; i < peers.length; i += 1) {
      const peer = peers[i];
      if (peer?.takes(sender, instance)) this.#add({ kind: 'send', to: peer.id, message });
    }
  }

  send(instance: number, to: NodeId, body: CodedMessage): void {
    const sender = this.#sender;
    const peer = this.#peers[to];
    assert(peer !== undefined, 'a peer for every member');
    // A shard is a statement, which goes to whom it concerns now; what is asked for and answered needs a link.
    if (body.kind === 'shard' ? peer.takes(sender, instance) : peer.up)
      this.#add({ kind: 'send', to, message: { kind: 'instance', sender, instance, body } });
  }

  deliver(output: StreamOutput): void {
    this.#progress.delivered(output.sender, output.payload.length);
    this.#add(output);
  }

  accuse(instance: number, fault: Fault): void {
    this.#add({ ...fault, about: { sender: this.#sender, instance } });
  }

  #add(effect: MemberEffect): void {
    if (this.#effects === undefined) this.#effects = [effect];
    else this.#effects.push(effect);
  }
}
