import { describeApi } from '../openapi.ts';
import { json, respond, route } from '../route.ts';

/** Whether the process lives. Says nothing of the cluster: restarting this process would not mend that. */
export const livez = route({
  method: 'GET',
  path: '/livez',
  operationId: 'getLive',
  summary: 'Whether the process lives',
  description:
    'Answers 200 as long as the process can answer at all, quorum or not: to restart it would mend nothing.',
  open: true,
  answers: { 200: json('Live', 'It lives') },
  handle: () => respond('Live', { live: true }),
});

/** Whether messages can be delivered now, and who is missing. */
export const readyz = route({
  method: 'GET',
  path: '/readyz',
  operationId: 'getReady',
  summary: 'Whether a quorum is connected and broadcasts are taken',
  description:
    'Where a token is asked for, requests without it get an answer too, which names nobody: probes carry none.',
  open: true,
  answers: { 200: json('Readiness', 'Ready'), 503: json('Readiness', 'Not ready, and why') },
  handle: ({ api: { node }, authorized }) => {
    const { state, margin, reasons } = node.status();
    const ready = (state === 'ready' || state === 'degraded') && margin >= 0;
    const away = authorized ? node.peers().filter(({ connected }) => !connected) : [];
    const missing = away.map(({ name, reason, sinceMs }) => {
      return { peer: name, reason, for_s: Math.floor(sinceMs / 1_000) };
    });
    const why = authorized && state === 'joining' ? { reasons } : {};
    return respond('Readiness', { ready, state, margin, missing, ...why }, ready ? 200 : 503);
  },
});

export const metricsText = route({
  method: 'GET',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'Metrics in the text format of Prometheus',
  answers: { 200: { description: 'All metrics', content: { 'text/plain': 'text' } } },
  handle: async ({ api: { metrics } }) => {
    return new Response(await metrics.text(), { headers: { 'Content-Type': metrics.contentType } });
  },
});

export const index = route({
  method: 'GET',
  path: '/',
  operationId: 'getIndex',
  summary: 'What there is',
  answers: { 200: json('Index', 'All routes') },
  handle: ({ api }) => {
    const { version, name } = api.node.status();
    const routes = api.routes.map(({ method, path, summary }) => ({ method, path, summary }));
    return respond('Index', { name: 'quorumcast', version, member: name, routes });
  },
});

export const openApi = route({
  method: 'GET',
  path: '/openapi.json',
  operationId: 'getOpenApi',
  summary: 'This document',
  answers: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': 'text' } } },
  handle: ({ api }) => {
    const document = describeApi(api.routes, api.node.status().version);
    return new Response(`${JSON.stringify(document, undefined, 2)}\n`, {
      headers: { 'Content-Type': 'application/json' },
    });
  },
});
