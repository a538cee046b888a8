import { agreementJson } from './agreements/index.ts';
import type { DeliveryGap, Evidence, InstanceView, Logger, NodeEvents, NodeState } from './api.ts';
import type { QuorumcastError } from './errors.ts';
import { NodeEventTarget } from './events.ts';
import type { Refusal } from './link/index.ts';

/** Tells what happens to a node: as an event, and as a line of the log. */
export class Herald {
  readonly events = new NodeEventTarget();
  readonly #logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  connected(event: NodeEvents['peer:connect']): void {
    this.events.emit('peer:connect', event);
    this.#logger?.info('peer.connected', { peer: event.name });
  }

  disconnected({ peer, name }: NodeEvents['peer:connect'], reason: string, detail: string): void {
    const why = detail === '' ? reason : `${reason}: ${detail}`;
    this.events.emit('peer:disconnect', { peer, name, reason: why });
    this.#logger?.info('peer.disconnected', { peer: name, reason, cause: detail });
  }

  /** `name`: of the peer, where it is known. */
  refused({ peer, address, reason, byPeer, detail }: Refusal, name: string | undefined): void {
    this.events.emit('peer:refused', { peer, reason, byPeer });
    this.#logger?.warn('peer.refused', { peer: name, address, reason, byPeer, detail });
  }

  state(from: NodeState, to: NodeState, reason: string): void {
    this.events.emit('state', { from, to, reason });
    // The end is logged with its report.
    if (to !== 'closed') this.#logger?.info(`node.${to}`, { reason });
  }

  stalled(view: InstanceView): void {
    this.events.emit('instance:stalled', view);
    const { senderName: sender, seq, explain: why } = view;
    this.#logger?.warn('instance.stalled', { sender, seq, why });
  }

  /** Peers that keep nothing of what comes next of this sender. */
  beyond(sender: string, peers: readonly string[]): void {
    this.#logger?.warn('stream.beyond', {
      sender,
      peers,
      hint: 'this node was away for longer than they keep: it skips to where f+1 of them agree, and says what it skipped',
    });
  }

  skipped(gap: DeliveryGap): void {
    this.events.emit('skipped', gap);
    const { senderName: sender, from, to } = gap;
    this.#logger?.warn('stream.skipped', { sender, from, to });
  }

  evidence(evidence: Evidence): void {
    this.events.emit('evidence', evidence);
    const { name: peer, code, proofs } = evidence;
    this.#logger?.warn('evidence.recorded', { peer, code, proven: proofs.length > 0 });
  }

  decided(agreement: NodeEvents['agreement:decided']): void {
    this.events.emit('agreement:decided', agreement);
    this.#logger?.info('agreement.decided', { ...agreementJson(agreement) });
  }

  slow(slow: NodeEvents['consumer:slow']): void {
    this.events.emit('consumer:slow', slow);
    this.#logger?.warn('consumer.slow', { ...slow });
  }

  lost(lost: NodeEvents['consumer:lost']): void {
    this.events.emit('consumer:lost', lost);
    this.#logger?.warn('consumer.lost', { ...lost });
  }

  warn(warning: NodeEvents['warning'], cause?: unknown): void {
    this.events.emit('warning', warning);
    this.#logger?.warn('node.warning', { ...warning, cause });
  }

  /** The node ends because of it. `cause`: what was thrown in the first place. */
  failed(error: QuorumcastError, cause: unknown): void {
    const stack = cause instanceof Error && error !== cause ? cause.stack : undefined;
    const { code, message, hint } = error;
    this.#logger?.error('node.failed', { code, message, hint, stack });
  }
}
