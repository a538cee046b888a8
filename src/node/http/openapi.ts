import { toJsonSchema } from '@valibot/to-json-schema';
import type { Fields } from './fields.ts';
import { type Answer, PROBLEM_CONTENT, type Route } from './route.ts';
import { SCHEMAS } from './schemas.ts';

/** What every route can answer besides its own: the guard, the token, unknown parameters, ourselves. */
const COMMON_PROBLEMS = [400, 403, 421, 500];

const PROBLEM_TEXT: Readonly<Record<number, string>> = {
  400: 'The request makes no sense as it stands',
  401: 'The token is missing or wrong',
  403: 'The page that sent it belongs to another origin',
  404: 'Nothing is known under this name',
  409: 'It contradicts what was done before, or what somebody else is doing',
  410: 'It was delivered here and is kept no more',
  413: 'The message is too large',
  415: 'The body is of another type, or compressed',
  421: 'The Host header names another server',
  429: 'Too many messages wait; try again after Retry-After seconds',
  500: 'An error in this program',
  503: 'The node is closing, draining or has lost its storage; or too many streams are open',
  504: 'The time was over before it was accepted: it may still be',
};

/** The OpenAPI 3.1 document of these routes. */
export function describeApi(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'quorumcast node',
      version,
      description: 'Local interface of one member of a cluster: broadcast, deliveries, state.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function componentSchemas(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => {
      const { $schema: _, ...rest } = toJsonSchema(schema, { target: 'draft-2020-12' });
      return [name, rest];
    }),
  );
}

function operationOf(route: Route): Record<string, unknown> {
  const { path, query, header } = route.parameters;
  const parameters = [
    ...parametersOf('path', path),
    ...parametersOf('query', query),
    ...parametersOf('header', header),
  ];
  const problems = [...COMMON_PROBLEMS, ...(route.problems ?? [])];
  if (route.open !== true) problems.push(401);
  if (route.method === 'POST') problems.push(503);
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    // The token is asked for only where one was configured, so having none is a possibility too.
    security: route.open === true ? [{}] : [{}, { token: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.takes === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(route.takes) } }),
    responses: {
      ...Object.fromEntries(
        problems.map((status) => [
          status,
          responseOf({ description: PROBLEM_TEXT[status] ?? '', content: PROBLEM_CONTENT }),
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, responseOf(answer)]),
      ),
    },
  };
}

function parametersOf(place: 'path' | 'query' | 'header', fields: Fields): Record<string, unknown>[] {
  return Object.entries(fields).map(([name, { description, json }]) => ({
    name,
    in: place,
    description,
    required: place === 'path',
    schema: json,
  }));
}

function responseOf({ description, content }: Answer): Record<string, unknown> {
  return { description, content: contentOf(content) };
}

function contentOf(
  content: NonNullable<Route['takes']> | Answer['content'],
): Record<string, { schema: Record<string, unknown> }> {
  return Object.fromEntries(
    Object.entries(content).map(([type, body]) => [type, { schema: schemaOf(body) }]),
  );
}

function schemaOf(body: string | readonly string[]): Record<string, unknown> {
  if (typeof body !== 'string') return { oneOf: body.map(schemaOf) };
  if (body === 'text') return { type: 'string' };
  if (body === 'bytes') return { type: 'string', format: 'binary' };
  return { $ref: `#/components/schemas/${body}` };
}
