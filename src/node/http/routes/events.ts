import { EVENT_KINDS } from '../event-hub.ts';
import { choices } from '../fields.ts';
import { route } from '../route.ts';
import { EVENT_STREAM, streamed } from '../stream.ts';

export const events = route({
  method: 'GET',
  path: '/v1/events',
  operationId: 'streamEvents',
  summary: 'What happens at this node, as server-sent events',
  description: [
    'From now on; past events are not kept. A reader that is too slow misses some and is told how many by an',
    'event `lost`.',
  ].join(' '),
  parameters: { query: { types: choices('the kinds of event wanted, separated by commas', EVENT_KINDS) } },
  answers: { 200: { description: 'Events', content: { 'text/event-stream': 'text' } } },
  problems: [503],
  handle: (call) => {
    const { events: hub, limits } = call.api;
    return streamed(call, {
      ...EVENT_STREAM,
      opening: 'retry: 1000\n\n',
      open: (signal) => hub.open(call.query.types, limits.eventsQueued, signal),
    });
  },
});
