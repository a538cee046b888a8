import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { notFound, type TokenCheck } from './guard.ts';
import { HttpProblem, logRefusal, problemOf, problemParts } from './problem.ts';
import type { Api, Route } from './route.ts';

interface Env {
  Bindings: HttpBindings;
}

/** The routes behind the guard. Every answer that is no success is a problem, whatever threw it. */
export function createApp(api: Api, token: TokenCheck | undefined): Hono<Env> {
  const app = new Hono<Env>();
  const open = new Set(api.routes.filter((route) => route.open === true).map(({ path }) => path));
  const authorizes = (context: Context<Env>): boolean => token?.accepts(context.env.incoming) ?? true;

  app.use(async (context, next) => {
    if (!authorizes(context) && !open.has(context.req.path)) throw unauthorized();
    await next();
  });
  for (const route of api.routes) {
    app.on(route.method, honoPath(route.path), (context) => {
      return run(api, route, context, authorizes(context));
    });
  }
  for (const [path, methods] of methodsByPath(api.routes)) {
    app.all(honoPath(path), (context) => otherMethod(context.req.method, methods));
  }
  app.notFound(() => problemResponse(notFound()));
  app.onError((error, context) => {
    const problem = problemOf(error);
    if (problem.status === 500) {
      api.logger.error('http.failed', { method: context.req.method, path: context.req.path, cause: error });
    }
    logRefusal(api.logger, problem);
    return problemResponse(problem);
  });
  return app;
}

function run(
  api: Api,
  route: Route,
  context: Context<Env>,
  authorized: boolean,
): Response | Promise<Response> {
  const { incoming, outgoing } = context.env;
  const gone = new AbortController();
  if (outgoing.destroyed) gone.abort();
  else outgoing.once('close', () => gone.abort());
  return route.run({
    api,
    incoming,
    outgoing,
    gone: gone.signal,
    authorized,
    path: context.req.param(),
    search: new URL(context.req.url).searchParams,
  });
}

function otherMethod(method: string, methods: readonly string[]): Response {
  const allow = [...methods, 'OPTIONS'].join(', ');
  // No Access-Control header, ever: a preflight learns that it may not.
  if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { Allow: allow } });
  throw new HttpProblem(405, `${method} is not for this path`, {
    hint: `it takes ${allow}`,
    headers: { Allow: allow },
  });
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of routes) {
    methods.set(path, [...(methods.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return methods;
}

function honoPath(path: string): string {
  return path.replaceAll(/\{([a-z]+)\}/g, ':$1');
}

function unauthorized(): HttpProblem {
  return new HttpProblem(401, 'the token is missing or wrong', {
    code: 'ERR_FORBIDDEN',
    hint: 'send "Authorization: Bearer TOKEN"; the token stands in the file that this node was configured with',
    headers: { 'WWW-Authenticate': 'Bearer realm="quorumcast"' },
  });
}

/** A problem as a response. */
export function problemResponse(problem: HttpProblem): Response {
  const { headers, body } = problemParts(problem);
  return new Response(body, { status: problem.status, headers });
}
