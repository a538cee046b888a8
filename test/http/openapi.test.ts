import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/node/http/routes/index.ts';
import { SCHEMAS, type SchemaName } from '../../src/node/http/schemas.ts';
import { ask, stand } from './harness.ts';

const operation = v.object({
  operationId: v.string(),
  summary: v.string(),
  parameters: v.optional(
    v.array(
      v.object({ name: v.string(), in: v.picklist(['path', 'query', 'header']), description: v.string() }),
    ),
  ),
  responses: v.record(
    v.string(),
    v.object({
      description: v.pipe(v.string(), v.minLength(1)),
      content: v.record(v.string(), v.object({ schema: v.record(v.string(), v.unknown()) })),
    }),
  ),
});

const description = v.object({
  openapi: v.literal('3.1.0'),
  info: v.object({ title: v.string(), version: v.string() }),
  paths: v.record(v.string(), v.record(v.string(), operation)),
  components: v.object({ schemas: v.record(v.string(), v.record(v.string(), v.unknown())) }),
});

const PROPOSAL = {
  body: JSON.stringify({ topic: 'x', value: 1 }),
  headers: { 'content-type': 'application/json' },
};

/** Every string under a `$ref` key. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : references(inner),
  );
}

function nameOf(schema: Readonly<Record<string, unknown>>): SchemaName | undefined {
  const name = String(schema['$ref'] ?? '').replace('#/components/schemas/', '');
  return Object.keys(SCHEMAS).find((known): known is SchemaName => known === name);
}

describe('the OpenAPI document', () => {
  test('describes every route, and nothing else', async () => {
    const { port } = await stand();
    const { paths } = v.parse(description, (await ask(port, '/openapi.json')).json());
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    const ids = ROUTES.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('names every parameter of its paths and refers to nothing that is missing', async () => {
    const { port } = await stand();
    const document = v.parse(description, (await ask(port, '/openapi.json')).json());
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const { parameters = [] } of Object.values(methods)) {
        const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
        expect(inPath).toEqual([...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name));
      }
    }
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    for (const reference of references(document)) expect(known).toContain(reference);
  });

  test('is true: every described route answers in a described way', async () => {
    const { port, node } = await stand();
    await node.broadcast('hello', { waitFor: 'delivered' });
    const { paths } = v.parse(description, (await ask(port, '/openapi.json')).json());
    const fill: Record<string, string> = { sender: 'p0', seq: '1', consumer: 'ledger' };
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(methods)) {
        // It takes a whole cluster elsewhere: test/process/epochs.test.ts.
        if (method === 'post' && path === '/v1/epochs') continue;
        const real = path.replace(/\{([a-z]+)\}/g, (_, name: string) => fill[name] ?? name);
        const query = path.endsWith('/ack') ? '?cursor=d1' : '';
        const isStream = responses['200']?.content['text/event-stream'] !== undefined;
        const reply = await ask(port, `${real}${query}`, {
          method: isStream ? 'HEAD' : method.toUpperCase(),
          ...(path === '/v1/broadcasts' ? { body: 'again' } : {}),
          ...(method === 'post' && path === '/v1/agreements' ? PROPOSAL : {}),
        });
        const response = responses[String(reply.status)];
        expect(response, `${method} ${path} ${reply.status}`).toBeDefined();
        expect(reply.status).toBeLessThan(300);
        const type = (reply.headers['content-type'] ?? '').split(';')[0] ?? '';
        const name = nameOf(response?.content[type]?.schema ?? {});
        expect(Object.keys(response?.content ?? {})).toContain(type);
        if (name === undefined || isStream) continue;
        const values = type === 'application/x-ndjson' ? reply.text.trim().split('\n') : [reply.text];
        for (const value of values) {
          expect(v.is(SCHEMAS[name], JSON.parse(value)), `${method} ${path}: ${value}`).toBe(true);
        }
      }
    }
  });
});
