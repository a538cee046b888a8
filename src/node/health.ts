import { checkCall, onAbort, SIGNAL_ONLY } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { NodeEvents, NodeState, PeerView } from './api.ts';
import { DISOWNED_HINT } from './disowned.ts';
import { QuorumcastError } from './errors.ts';
import type { Herald } from './herald.ts';
import { abortError, Wake } from './wait.ts';

/** What a node says of itself: its state, why it is in it, and when it must give up. */
export class Health {
  readonly #f: number;
  readonly #herald: Pick<Herald, 'state' | 'warn'>;
  /** Peers that say this member lost its state, or went back in it. */
  readonly #disownedBy = new Map<NodeId, string>();
  readonly #wake = new Wake();
  #state: NodeState = 'joining';
  #quorum = false;

  constructor(f: number, herald: Pick<Herald, 'state' | 'warn'>) {
    this.#f = f;
    this.#herald = herald;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Moves to `state`, unless it is past that. */
  set(state: NodeState, reason: string): void {
    const from = this.#state;
    if (from === state || from === 'closed' || (from === 'draining' && state !== 'closed')) return;
    this.#state = state;
    this.#herald.state(from, state, reason);
    this.#wake.notify();
  }

  /** Looks at the links anew. */
  review(margin: number, peers: readonly PeerView[]): void {
    const had = this.#quorum;
    this.#quorum = margin >= 0;
    const missing = peers.filter(({ connected }) => !connected).map(({ name }) => name);
    if (had && !this.#quorum && this.refusal() === undefined) this.#herald.warn(quorumLost(missing));
    if (missing.length === 0) this.set('ready', 'all members connected');
    else if (this.#quorum || this.#state !== 'joining') this.set('degraded', `missing ${missing.join(', ')}`);
    this.#wake.notify();
  }

  /** Why the node is not `ready`, one sentence each. */
  reasons(peers: readonly PeerView[]): readonly string[] {
    const missing = peers.filter(({ connected }) => !connected);
    const reasons = missing.map(({ name, reason }) => `${name} is away: ${reason}`);
    if (!this.#quorum) reasons.unshift('too few members are connected: nothing can be delivered');
    if (this.#state === 'draining') reasons.unshift('draining: no new broadcasts are taken');
    return this.#state === 'closed' ? ['closed'] : reasons;
  }

  /** Why nothing may be broadcast now; undefined if it may. */
  refusal(): QuorumcastError | undefined {
    if (this.#state !== 'closed' && this.#state !== 'draining') return undefined;
    return new QuorumcastError('ERR_CLOSED', `this node is ${this.#state}: it takes no new broadcasts`, {
      hint: 'broadcast through another node, or start this one again',
    });
  }

  /** @throws QuorumcastError ERR_ABORTED, ERR_TIMEOUT, ERR_CLOSED, ERR_USAGE */
  async whenReady(options: { readonly signal?: AbortSignal }): Promise<void> {
    checkCall('whenReady', options, SIGNAL_ONLY);
    const { signal } = options;
    const release = signal && onAbort(signal, () => this.#wake.notify());
    try {
      for (;;) {
        if (this.#state === 'closed') {
          throw new QuorumcastError('ERR_CLOSED', 'this node is closed: it is not ready and will not be');
        }
        if (this.#quorum) return;
        if (signal?.aborted === true) throw abortError(signal, 'waiting for a quorum');
        await this.#wake.wait();
      }
    } finally {
      release?.();
    }
  }

  /**
   * A peer refused this member for what it forgot. One may lie; f+1 include a correct one: then this member must
   * stay silent for the rest of the epoch, and the error says so.
   */
  disowned(peer: NodeId, reason: string, name: string): QuorumcastError | undefined {
    if (reason !== 'state-lost' && reason !== 'state-rolled-back') return undefined;
    this.#disownedBy.set(peer, name);
    if (this.#disownedBy.size <= this.#f) return undefined;
    const names = [...this.#disownedBy.values()].join(', ');
    return reason === 'state-lost'
      ? new QuorumcastError('ERR_STATE_LOST', `${names} remember another log of this member than this one`, {
          hint: DISOWNED_HINT,
        })
      : new QuorumcastError(
          'ERR_STATE_ROLLED_BACK',
          `${names} remember more of this member's log than is here`,
          {
            hint: DISOWNED_HINT,
          },
        );
  }
}

function quorumLost(missing: readonly string[]): NodeEvents['warning'] {
  return {
    code: 'quorum-lost',
    message: `too few members are connected, nothing can be delivered: missing ${missing.join(', ')}`,
    hint: 'what is accepted meanwhile is durable and delivered once enough are back; see `quorumcast peers`',
  };
}
