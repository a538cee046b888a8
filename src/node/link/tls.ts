import { constants } from 'node:crypto';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { type Identity, rawPublicKey } from '../identity/index.ts';

/** What TLS agrees to speak on a link (ALPN). */
export const ALPN_PROTOCOL = 'quorumcast/1';

/**
 * What both ends of a link ask of TLS: version 1.3, the own key, no session tickets. `rejectUnauthorized` is off
 * because no authority signs these certificates: whose key it is, `peerKey` and the cluster definition tell.
 */
export function tlsOptions(identity: Identity) {
  return {
    ...identity.tlsCredentials(),
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ALPNProtocols: [ALPN_PROTOCOL],
    rejectUnauthorized: false,
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const satisfies SecureContextOptions & { ALPNProtocols: string[]; rejectUnauthorized: boolean };
}

/**
 * The raw public key that the other end has proved to own; 'none' if it showed no certificate, undefined if its
 * key is of another kind than Ed25519.
 */
export function peerKey(socket: TLSSocket): Uint8Array | 'none' | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? 'none' : rawPublicKey(certificate.publicKey);
}
