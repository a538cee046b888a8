import { Deadline } from '../deadline.ts';
import { duration } from '../fields.ts';
import { json, respond, route } from '../route.ts';

export const drain = route({
  method: 'POST',
  path: '/v1/drain',
  operationId: 'drain',
  summary: 'Refuses new broadcasts and waits until the accepted ones are delivered here',
  description: 'After `drained: true` the process may be stopped. Ask again after `drained: false`.',
  parameters: { query: { timeout: duration('how long to wait', 60_000, '30s') } },
  answers: {
    200: json('Drained', 'Everything accepted is delivered here'),
    202: json('Drained', 'No new broadcasts are taken; some accepted ones are not delivered yet'),
  },
  handle: async ({ api: { node, closing }, query, gone }) => {
    const deadline = new Deadline([gone, closing], query.timeout);
    let drained = true;
    try {
      await node.drain({ signal: deadline.signal });
    } catch (error) {
      if (!deadline.signal.aborted) throw error;
      drained = false;
    } finally {
      deadline.release();
    }
    const { state, pending, streams, id } = node.status();
    const open = streams.find(({ sender }) => sender === id)?.open ?? 0;
    return respond('Drained', { drained, state, open, pending }, drained ? 200 : 202);
  },
});
