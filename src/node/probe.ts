import { connect, type TLSSocket } from 'node:tls';
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeMessage,
  type Hello,
  LOG_ID_BYTES,
  WIRE_VERSION,
} from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import { parseAddress } from './address.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import type { Identity } from './identity/index.ts';
import { FrameReader } from './link/frame-reader.ts';
import { type DownReason, reasonOfSocketError } from './link/reasons.ts';
import { peerKey, tlsOptions } from './link/tls.ts';

/** What was found at an address of a peer. */
export interface PeerProbe {
  /** `ok`: the peer is there and has the same cluster. `unsure`: it is there; what cluster it has, it did not say. */
  readonly outcome: 'ok' | 'unsure' | DownReason;
  /** For people; may be empty. */
  readonly detail: string;
  /** From the dialling to the proof of its key, milliseconds; undefined if it gave none. */
  readonly connectMs: number | undefined;
}

/** Where and how to probe. */
export interface ProbeOptions {
  readonly cluster: ClusterDefinition;
  readonly identity: Identity;
  readonly self: NodeId;
  readonly peer: NodeId;
  /** HOST:PORT. */
  readonly address: string;
  readonly timeoutMs: number;
}

/** A digest that no cluster has. */
const NO_DIGEST = new Uint8Array(32);

/**
 * Dials a peer as this member and finds out who and what is there, without ever becoming a link: its hello bears
 * a digest that no cluster has, so that the peer refuses it before it looks at its memory of this member's log,
 * and says in the refusal which cluster and epoch it has itself. Never rejects.
 */
export function probePeer(options: ProbeOptions): Promise<PeerProbe> {
  const address = parseAddress(options.address);
  if (address === undefined) {
    return Promise.resolve({ outcome: 'name-not-found', detail: 'no address', connectMs: undefined });
  }
  return new Promise((resolve) => {
    const began = performance.now();
    let connectMs: number | undefined;
    const socket = connect({
      ...tlsOptions(options.identity),
      host: address.host,
      port: address.port,
      servername: '',
      checkServerIdentity: () => undefined,
    });
    const settle = (outcome: PeerProbe['outcome'], detail: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ outcome, detail, connectMs });
    };
    const timer = setTimeout(() => {
      if (connectMs === undefined) settle('timeout', 'no answer: a firewall may swallow the packets');
      else settle('unsure', 'it did not answer a hello in time');
    }, options.timeoutMs);
    socket.on('error', (error) => {
      const { reason, detail } = reasonOfSocketError(error);
      settle(reason, detail);
    });
    socket.on('close', () => {
      if (connectMs === undefined) settle('tls-failed', 'the connection ended during the TLS handshake');
      else settle('unsure', 'it ended the connection without a word');
    });
    socket.on('secureConnect', () => {
      connectMs = performance.now() - began;
      const fault = judgeKey(socket, options);
      if (fault !== undefined) settle(...fault);
      else converse(socket, options, settle);
    });
  });
}

type Settle = (outcome: PeerProbe['outcome'], detail: string) => void;

function judgeKey(socket: TLSSocket, options: ProbeOptions): Parameters<Settle> | undefined {
  const { cluster, self, peer } = options;
  const key = peerKey(socket);
  if (key === 'none') return ['no-certificate', ''];
  const member = key === undefined ? undefined : cluster.memberWithKey(key);
  if (member === undefined) return ['not-a-member', 'another key answers at this address'];
  if (member.id === self) return ['own-identity', 'this address leads to a member with the own key'];
  return member.id === peer ? undefined : ['wrong-member', `${member.name} answers at this address`];
}

function converse(socket: TLSSocket, options: ProbeOptions, settle: Settle): void {
  const reader = new FrameReader();
  socket.on('data', (chunk: Uint8Array) => {
    const fault = reader.push(chunk, (kind, body) => {
      const decoded = decodeHandshake(kind, body);
      if (decoded.ok) hear(decoded.value, options, settle);
      else settle('bad-frame', 'what answers does not speak this protocol');
      return false;
    });
    if (fault !== undefined) settle('bad-frame', 'what answers does not speak this protocol');
  });
  socket.write(encodeHandshake(strangeHello(options)));
}

function strangeHello({ cluster, self }: ProbeOptions): Hello {
  return {
    kind: 'hello',
    versionMin: WIRE_VERSION,
    versionMax: WIRE_VERSION,
    clusterDigest: NO_DIGEST,
    epoch: cluster.epoch,
    member: self,
    logId: new Uint8Array(LOG_ID_BYTES),
    position: 0,
  };
}

function hear(message: HandshakeMessage, { cluster }: ProbeOptions, settle: Settle): void {
  if (message.kind !== 'reject') {
    settle('bad-frame', `it answered a hello of no cluster with "${message.kind}"`);
    return;
  }
  const { reason, detail } = message;
  if (reason === 'wrong-cluster') {
    const theirs = detail.split(' ').at(-1) ?? '';
    if (theirs === cluster.shortDigest) settle('ok', '');
    else settle('wrong-cluster', `it has cluster ${theirs}, this file is ${cluster.shortDigest}`);
  } else if (reason === 'wrong-direction') {
    settle('unsure', 'what cluster it has shows when this node runs: that one dials, not this one');
  } else if (reason === 'not-a-member') {
    settle('wrong-cluster', 'it does not know the key of this member');
  } else {
    settle(reason, detail);
  }
}
