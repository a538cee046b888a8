import type { IncomingMessage, ServerResponse } from 'node:http';
import leven from 'leven';
import * as v from 'valibot';
import type { Logger, QuorumcastNode } from '../api.ts';
import type { NodeMetrics } from '../metrics/index.ts';
import type { BodyBudget } from './body.ts';
import type { EventHub } from './event-hub.ts';
import type { Field, Fields, Values } from './fields.ts';
import type { HttpLimits } from './limits.ts';
import { HttpProblem, PROBLEM_TYPE } from './problem.ts';
import type { JsonOf, SchemaName } from './schemas.ts';
import type { Slots } from './slots.ts';

/** What every handler works with. */
export interface Api {
  readonly node: QuorumcastNode;
  readonly metrics: NodeMetrics;
  readonly limits: HttpLimits;
  readonly logger: Logger;
  readonly bodies: BodyBudget;
  readonly streams: Slots;
  readonly events: EventHub;
  /** Fires when the server closes: streams end. */
  readonly closing: AbortSignal;
  /** All routes, for those that describe the others. */
  readonly routes: readonly Route[];
}

/** One request and the connection it came by. */
export interface Connection {
  readonly api: Api;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Fires when the client is gone or the answer is out. */
  readonly gone: AbortSignal;
  /** Whether the request carries the token, or none is asked for. */
  readonly authorized: boolean;
}

/** One request as it comes from the server. */
export interface RawCall extends Connection {
  readonly path: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
}

/** One request as a handler sees it. */
export interface Call<Path extends Fields, Query extends Fields, Header extends Fields> extends Connection {
  readonly path: Values<Path>;
  readonly query: Values<Query>;
  readonly header: Values<Header>;
}

/** One kind of answer: what it means, and what its body is by media type. */
export interface Answer {
  readonly description: string;
  readonly content: Readonly<Record<string, SchemaName | 'text' | 'bytes'>>;
}

/** What stands in the OpenAPI document about a route. */
export interface RouteDescription {
  readonly method: 'GET' | 'POST';
  /** With parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Answers without the token too. */
  readonly open?: true;
  /** Bodies that it takes, by media type. */
  readonly takes?: Readonly<Record<string, readonly SchemaName[] | 'text' | 'bytes'>>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of problems besides those every route can answer with. */
  readonly problems?: readonly number[];
}

/** A route: its description and what it does. */
export interface Route extends RouteDescription {
  readonly parameters: { readonly path: Fields; readonly query: Fields; readonly header: Fields };
  readonly run: (call: RawCall) => Response | Promise<Response>;
}

const NONE = {};

/** A route whose handler gets its parameters checked. */
export function route<
  Path extends Fields = typeof NONE,
  Query extends Fields = typeof NONE,
  Header extends Fields = typeof NONE,
>(
  description: RouteDescription & {
    readonly parameters?: { readonly path?: Path; readonly query?: Query; readonly header?: Header };
    readonly handle: (call: Call<Path, Query, Header>) => Response | Promise<Response>;
  },
): Route {
  const { handle, parameters, ...rest } = description;
  const path: Fields = parameters?.path ?? NONE;
  const query: Fields = parameters?.query ?? NONE;
  const header: Fields = parameters?.header ?? NONE;
  return {
    ...rest,
    parameters: { path, query, header },
    run: (call) => {
      refuseUnknown(call.search, query);
      return handle({
        ...call,
        path: valuesOf<Path>(path, (name) => call.path[name]),
        query: valuesOf<Query>(query, (name) => call.search.get(name) ?? undefined),
        header: valuesOf<Header>(header, (name) => headerOf(call.incoming, name)),
      });
    },
  };
}

/** A parameter that is not there is a mistake worth hearing of: a limit misspelt is a limit that does not hold. */
function refuseUnknown(search: URLSearchParams, query: Fields): void {
  const known = Object.keys(query);
  for (const name of new Set(search.keys())) {
    if (search.getAll(name).length > 1) throw new HttpProblem(400, `"${name}" is given more than once`);
    if (known.includes(name)) continue;
    const near = known.find((candidate) => leven(candidate, name) <= 2);
    throw new HttpProblem(400, `unknown query parameter "${name.slice(0, 64)}"`, {
      hint:
        near !== undefined
          ? `did you mean "${near}"?`
          : known.length === 0
            ? 'this path takes none'
            : `this path takes ${known.join(', ')}`,
    });
  }
}

function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  return incoming.headersDistinct[name.toLowerCase()]?.join(', ');
}

function valuesOf<F extends Fields>(fields: Fields, textOf: (name: string) => string | undefined): Values<F> {
  const entries = Object.entries(fields).map(([name, field]) => [name, parsed(name, field, textOf(name))]);
  return Object.fromEntries(entries);
}

function parsed(name: string, field: Field<unknown>, text: string | undefined): unknown {
  const result = v.safeParse(field.schema, text, { abortEarly: true });
  if (result.success) return result.output;
  throw new HttpProblem(400, `"${name}" ${result.issues[0].message}`, { hint: field.description });
}

/** The answers that are one JSON value. */
export function json(name: SchemaName, description: string): Answer {
  return { description, content: { 'application/json': name } };
}

/** Thousandths are fine enough for anything measured here. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 1_000) / 1_000 : value;
}

/** A JSON answer. */
export function respond<Name extends SchemaName>(
  _name: Name,
  value: JsonOf<Name>,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${JSON.stringify(value, rounded)}\n`, {
    status,
    headers: { ...headers, 'Content-Type': 'application/json' },
  });
}

/** The body of every answer that is no success. */
export const PROBLEM_CONTENT: Answer['content'] = { [PROBLEM_TYPE]: 'Problem' };
