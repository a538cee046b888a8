import { connect, type TLSSocket } from 'node:tls';
import type { NodeId } from '../../committee/index.ts';
import { parseAddress } from '../address.ts';
import type { Identity } from '../identity/index.ts';
import type { Ending, LinkContext } from './connection.ts';
import { type DownReason, reasonOfSocketError } from './reasons.ts';
import { ALPN_PROTOCOL, peerKey, tlsOptions } from './tls.ts';

/** Who owns a dialler hears this of it. */
export interface DiallerOwner {
  /** The other end has proved to own the peer's key. The callee takes the socket over. */
  onConnected(socket: TLSSocket, peer: NodeId): void;
  /** An attempt has failed before that. */
  onFailed(peer: NodeId, address: string, ending: Ending): void;
  /** HOST:PORT each, to be tried in turn. Asked before every attempt. */
  addressesOf(peer: NodeId): readonly string[];
}

/** Dials one peer, again and again, with waits that grow at random up to a bound, each of its addresses in turn. */
export class Dialler {
  readonly peer: NodeId;
  readonly #identity: Identity;
  readonly #context: LinkContext;
  readonly #owner: DiallerOwner;
  #attempts = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #socket: TLSSocket | undefined;
  #closed = false;

  constructor(peer: NodeId, identity: Identity, context: LinkContext, owner: DiallerOwner) {
    this.peer = peer;
    this.#identity = identity;
    this.#context = context;
    this.#owner = owner;
    this.#timer = setTimeout(() => this.#dial(), 0);
  }

  /** The connection that this dialler handed out has ended: dial again. `upMs`: how long the link was up. */
  again(upMs: number): void {
    if (upMs >= this.#context.times.steadyMs) this.#failures = 0;
    this.#retry();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #retry(): void {
    if (this.#closed) return;
    const { backoffMinMs, backoffMaxMs } = this.#context.times;
    // Full jitter: members that lost each other at once do not come back at once.
    const boundMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#dial(), Math.random() * boundMs);
  }

  #dial(): void {
    const addresses = this.#owner.addressesOf(this.peer);
    const text = addresses[this.#attempts % Math.max(1, addresses.length)] ?? '';
    this.#attempts += 1;
    const address = parseAddress(text);
    if (address === undefined) {
      const detail = text === '' ? 'no address' : `"${text}" is no address`;
      this.#fail(text, { reason: 'name-not-found', detail, byPeer: false });
      return;
    }
    const socket = connect({
      ...tlsOptions(this.#identity),
      host: address.host,
      port: address.port,
      // No name is asked for: the key decides.
      servername: '',
      checkServerIdentity: () => undefined,
    });
    this.#await(socket, text);
  }

  /** Until the other end has proved whose key it has, or the attempt has failed. */
  #await(socket: TLSSocket, address: string): void {
    this.#socket = socket;
    const settle = (ending: Ending | undefined): void => {
      clearTimeout(timer);
      socket.off('error', onError).off('close', onClose).off('secureConnect', onSecure);
      this.#socket = undefined;
      if (ending === undefined) {
        this.#owner.onConnected(socket, this.peer);
      } else {
        socket.on('error', () => undefined);
        socket.destroy();
        this.#fail(address, ending);
      }
    };
    const onError = (error: Error): void => settle({ ...reasonOfSocketError(error), byPeer: false });
    const onClose = (): void =>
      settle({ reason: 'ended', detail: 'during the TLS handshake', byPeer: false });
    const onSecure = (): void => settle(this.#judge(socket));
    const timer = setTimeout(() => {
      settle({ reason: 'timeout', detail: 'no answer', byPeer: false });
    }, this.#context.times.connectMs);
    socket.on('error', onError).on('close', onClose).on('secureConnect', onSecure);
  }

  /** Whether the other end is the peer that was dialled; undefined if it is. */
  #judge(socket: TLSSocket): Ending | undefined {
    const { cluster, self } = this.#context;
    const refused = (reason: DownReason, detail: string): Ending => ({ reason, detail, byPeer: false });
    const key = peerKey(socket);
    if (key === 'none') return refused('no-certificate', '');
    const member = key === undefined ? undefined : cluster.memberWithKey(key);
    if (member === undefined) return refused('not-a-member', 'another key answers at this address');
    if (member.id === self) return refused('own-identity', 'this address leads to a member with the own key');
    if (member.id !== this.peer) return refused('wrong-member', `${member.name} answers at this address`);
    if (socket.alpnProtocol !== ALPN_PROTOCOL) return refused('wrong-version', 'no common ALPN protocol');
    return undefined;
  }

  #fail(address: string, ending: Ending): void {
    if (this.#closed) return;
    this.#owner.onFailed(this.peer, address, ending);
    this.#retry();
  }
}
