import { assert } from '../base/index.ts';
import type { MemberMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Effects } from '../protocol/index.ts';
import type { StreamMessage, StreamOutput } from '../stream/index.ts';
import type { MemberEffect } from './effect.ts';
import type { Peer } from './peer.ts';
import type { Progress } from './progress.ts';

/** Who is told of what streams ask for. */
export interface Told {
  readonly peers: readonly Peer[];
  readonly progress: Progress;
}

const NO_BATCH = { firstSeq: 0, count: 0 };

/**
 * Adds to `effects` what a stream of `sender` asks for, as the member's: statements go to the peers that take them.
 * `about`: the instance that faults are about; `batch`: of an own INITIAL, the messages in it.
 */
export function carry(
  { peers, progress }: Told,
  sender: NodeId,
  about: number,
  outs: Effects<StreamMessage, StreamOutput>,
  effects: MemberEffect[],
  batch = NO_BATCH,
): void {
  for (let i = 0; i < outs.length; i += 1) {
    const out = outs[i];
    if (out === undefined) continue;
    switch (out.kind) {
      case 'keep':
        effects.push(out);
        break;
      case 'broadcast':
        say(peers, sender, out.message, batch, effects);
        break;
      case 'send': {
        const { instance, body } = out.message;
        const message: MemberMessage = { kind: 'instance', sender, instance, body };
        const peer = peers[out.to];
        assert(peer !== undefined, 'a peer for every member');
        // A shard is a statement, which goes to whom it concerns now; what is asked for and answered needs a link.
        if (body.kind === 'shard' ? peer.takes(sender, instance) : peer.up)
          effects.push({ kind: 'send', to: out.to, message });
        break;
      }
      case 'output':
        progress.delivered(sender, out.output.payload.length);
        effects.push({ kind: 'deliver', sender, ...out.output });
        break;
      case 'fault':
        effects.push({ ...out, about: { sender, instance: about } });
        break;
    }
  }
}

function say(
  peers: readonly Peer[],
  sender: NodeId,
  { instance, body }: StreamMessage,
  { firstSeq, count }: typeof NO_BATCH,
  effects: MemberEffect[],
): void {
  if (body.kind === 'initial' || body.kind === 'dispersal') {
    const kept = effects.findLast((effect) => effect.kind === 'keep');
    assert(kept !== undefined, 'an INITIAL follows the payload it is kept with');
    const { digest } = kept;
    effects.push({ kind: 'said', sender, instance, statement: 'initial', digest, firstSeq, count });
  } else if (body.kind === 'echo' || body.kind === 'ready') {
    const { digest } = body;
    effects.push({ kind: 'said', sender, instance, statement: body.kind, digest, firstSeq: 0, count: 0 });
  }
  const message: MemberMessage = { kind: 'instance', sender, instance, body };
  for (let i = 0; i < peers.length; i += 1) {
    const peer = peers[i];
    if (peer?.takes(sender, instance)) effects.push({ kind: 'send', to: peer.id, message });
  }
}
