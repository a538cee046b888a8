import { required, whole } from '../fields.ts';
import { json, respond, route } from '../route.ts';
import { senderOf, unknownMessage } from '../views.ts';

/** The two parameters that name a message. */
export const REF = {
  sender: required('the sender, by name or by number', /^[a-z0-9][a-z0-9-]{0,31}$/, 'p0'),
  seq: whole('the running number of the message, from 1', 1, Number.MAX_SAFE_INTEGER),
};

export const status = route({
  method: 'GET',
  path: '/v1/status',
  operationId: 'getStatus',
  summary: 'How this node is doing',
  answers: { 200: json('Status', 'The status') },
  handle: ({ api }) => respond('Status', api.node.status()),
});

export const cluster = route({
  method: 'GET',
  path: '/v1/cluster',
  operationId: 'getCluster',
  summary: 'The cluster, its epoch and its thresholds',
  answers: { 200: json('Cluster', 'The cluster') },
  handle: ({ api }) => respond('Cluster', api.node.cluster),
});

export const peers = route({
  method: 'GET',
  path: '/v1/peers',
  operationId: 'getPeers',
  summary: 'The other members as this node sees them',
  answers: { 200: json('Peers', 'One entry per peer') },
  handle: ({ api }) => respond('Peers', { peers: api.node.peers() }),
});

export const evidence = route({
  method: 'GET',
  path: '/v1/evidence',
  operationId: 'getEvidence',
  summary: 'Misdeeds seen by this node, with proofs where there are any',
  answers: { 200: json('Evidence', 'One entry per epoch, peer and kind') },
  handle: ({ api }) => respond('Evidence', { evidence: api.node.evidence() }),
});

export const trace = route({
  method: 'GET',
  path: '/v1/trace/{sender}/{seq}',
  operationId: 'getTrace',
  summary: 'What is known of a message: who voted for what, and what is missing',
  parameters: { path: REF },
  answers: { 200: json('Trace', 'The instance that carries the message') },
  problems: [404],
  handle: ({ api: { node }, path }) => {
    const sender = senderOf(node, path.sender);
    const view = node.inspect({ sender, seq: path.seq });
    if (view === undefined) throw unknownMessage(node.status(), sender, path.seq);
    return respond('Trace', view);
  },
});
