import type { QuorumcastNode } from '../../api.ts';
import { CLUSTER_BYTES_MAX, parseClusterDefinition } from '../../cluster/index.ts';
import type { ChangingNode, EpochsView } from '../../epochs/api.ts';
import { QuorumcastError } from '../../errors.ts';
import { decodeUtf8, readJson } from '../body.ts';
import { HttpProblem } from '../problem.ts';
import { type Connection, json, respond, route } from '../route.ts';

export const epochs = route({
  method: 'GET',
  path: '/v1/epochs',
  operationId: 'getEpochs',
  summary: 'The epoch in force, and what a change to the next one waits for',
  answers: { 200: json('Epochs', 'The epochs') },
  handle: ({ api }) => respond('Epochs', viewOf(api.node)),
});

export const changeEpoch = route({
  method: 'POST',
  path: '/v1/epochs',
  operationId: 'changeEpoch',
  summary: 'Hands over the definition of the next epoch, signed and approved',
  description: [
    'The body is the file that `quorumcast cluster next` made and the members signed. The node tells its peers, so one',
    'node is enough. 202: it is on the way, durably; GET says what is waited for. The same file again changes nothing.',
  ].join(' '),
  takes: { 'application/json': ['Definition'] },
  answers: { 202: json('Epochs', 'The epochs from here on') },
  problems: [409, 413, 415],
  handle: async (call) => {
    const next = parseClusterDefinition(await textOf(call), 'the body');
    const { node } = call.api;
    if (!isChanging(node)) throw new QuorumcastError('ERR_USAGE', 'this node stays in its epoch');
    await node.changeEpoch(next);
    return respond('Epochs', viewOf(node), 202);
  },
});

function viewOf(node: QuorumcastNode): EpochsView {
  if (isChanging(node)) return node.epochs();
  const { epoch, digest } = node.cluster;
  return { epoch, digest, next: undefined };
}

function isChanging(node: QuorumcastNode): node is QuorumcastNode & ChangingNode {
  return 'changeEpoch' in node;
}

function textOf(call: Connection): Promise<string> {
  return readJson(call, CLUSTER_BYTES_MAX, (bytes) => {
    const text = decodeUtf8(bytes);
    if (text !== undefined) return text;
    throw new HttpProblem(400, 'the body is not UTF-8', { hint: 'send the file as it is' });
  });
}
