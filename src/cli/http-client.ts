import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { resolve } from 'node:path';
import type { QuorumcastErrorCode } from '../node/index.ts';
import type { Cli } from './cli.ts';
import { CommandError, usage } from './command-error.ts';
import { exists, readText } from './files.ts';
import type { ReachOptions } from './surface/client.ts';

/** Where nodes listen that are told nothing else. */
export const DEFAULT_URL = 'http://127.0.0.1:7480';
/** How long an answer may take that nothing is waited for. */
const ANSWER_MS = 10_000;
/** Longest answer that is read as a whole. */
const ANSWER_BYTES_MAX = 256 * 1_048_576;

/** One request. */
export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** How long until the answer begins. */
  readonly timeoutMs?: number;
  /** Statuses besides 2xx that are answers and not problems. */
  readonly accept?: readonly number[];
}

/** A node, by its HTTP API. */
export class NodeClient {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.#token = token;
  }

  /** The node that flags, environment or config file name. @throws CommandError */
  static async of(cli: Cli, options: ReachOptions): Promise<NodeClient> {
    const { env, cwd } = cli;
    let url = options.http ?? (env['QUORUMCAST_HTTP'] || undefined);
    let tokenFile = options.tokenFile ?? (env['QUORUMCAST_TOKEN_FILE'] || undefined);
    if (url === undefined && (await hasConfigFile(cli))) {
      const { loadConfig } = await import('../node/index.ts');
      const { http } = (await loadConfig({ cwd, env, flags: {} })).config;
      // Port 0 was taken anew at the last start: nobody here knows which it is.
      if (http.listen !== false && !http.listen.endsWith(':0')) url = reachableFrom(http.listen);
      tokenFile ??= http.tokenFile;
    }
    const token = tokenFile === undefined ? undefined : await readToken(resolve(cwd, tokenFile));
    return new NodeClient(parseUrl(url ?? DEFAULT_URL), token);
  }

  /** The node that listens at an address of its own settings. @throws CommandError */
  static async at(listen: string, tokenFile: string | undefined): Promise<NodeClient> {
    const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
    return new NodeClient(parseUrl(reachableFrom(listen)), token);
  }

  /** The same token for another node. */
  other(url: string): NodeClient {
    return new NodeClient(parseUrl(url), this.#token);
  }

  /** The JSON of an answer. @throws CommandError */
  async json<Value>(path: string, ask: Ask = {}): Promise<Value> {
    const response = await this.#answer(path, ask);
    return this.#parse<Value>(await this.#text(response));
  }

  /** The lines of an answer as they come. @throws CommandError, also when the connection breaks off. */
  async *lines(path: string, ask: Ask = {}): AsyncGenerator<string> {
    const response = await this.#answer(path, ask);
    response.setEncoding('utf8');
    let rest = '';
    try {
      for await (const chunk of response) {
        const parts = (rest + String(chunk)).split('\n');
        rest = parts.pop() ?? '';
        yield* parts;
      }
    } catch (cause) {
      throw this.#unreachable(cause);
    }
    if (rest !== '') yield rest;
  }

  async #answer(path: string, ask: Ask): Promise<IncomingMessage> {
    const response = await this.#open(path, ask);
    const status = response.statusCode ?? 0;
    if ((status >= 200 && status < 300) || ask.accept?.includes(status) === true) return response;
    const text = await this.#text(response);
    throw this.#problem(status, text);
  }

  #open(path: string, ask: Ask): Promise<IncomingMessage> {
    const url = new URL(this.url + path);
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolvePromise, reject) => {
      const outgoing = request(url, {
        method: ask.method ?? 'GET',
        headers: {
          ...ask.headers,
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(ask.body === undefined ? {} : { 'content-length': String(ask.body.length) }),
        },
        ...(ask.signal === undefined ? {} : { signal: ask.signal }),
      });
      const timeoutMs = ask.timeoutMs ?? ANSWER_MS;
      const timer = setTimeout(() => outgoing.destroy(new SilenceError(timeoutMs)), timeoutMs);
      outgoing.on('response', (response) => {
        clearTimeout(timer);
        resolvePromise(response);
      });
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        reject(ask.signal?.aborted === true ? interrupted() : this.#unreachable(error));
      });
      outgoing.end(ask.body);
    });
  }

  async #text(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of response) {
        const bytes = Buffer.from(chunk as Uint8Array);
        length += bytes.length;
        if (length > ANSWER_BYTES_MAX) throw new Error('the answer is too long');
        chunks.push(bytes);
      }
    } catch (cause) {
      throw this.#unreachable(cause);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #parse<Value>(text: string): Value {
    try {
      return JSON.parse(text) as Value;
    } catch (cause) {
      throw this.#stranger(cause);
    }
  }

  #problem(status: number, text: string): CommandError {
    let problem: Partial<Record<string, unknown>> = {};
    try {
      problem = JSON.parse(text) as typeof problem;
    } catch {
      return this.#stranger(new Error(`HTTP ${status}`));
    }
    if (typeof problem['code'] !== 'string') return this.#stranger(new Error(`HTTP ${status}`));
    const unauthorized = status === 401 ? 'name the token file of that node with --token-file' : undefined;
    return new CommandError(problem['code'] as QuorumcastErrorCode, String(problem['detail']), {
      hint: unauthorized ?? String(problem['hint'] ?? ''),
      definite: problem['definite'] !== false,
      retryable: problem['retryable'] === true,
    });
  }

  #stranger(cause: unknown): CommandError {
    return new CommandError('ERR_UNREACHABLE', `what answers at ${this.url} is no quorumcast node`, {
      hint: 'another program has that port: name the node with --http URL',
      cause,
    });
  }

  #unreachable(cause: unknown): CommandError {
    if (cause instanceof CommandError) return cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const refused = code === 'ECONNREFUSED';
    const reason = refused ? 'nothing listens there' : code || String((cause as Error).message);
    return new CommandError('ERR_UNREACHABLE', `no node answers at ${this.url}: ${reason}`, {
      hint: refused
        ? 'start one with `quorumcast run` or `quorumcast dev`, or name another with --http URL'
        : 'check the address and the node, or name another with --http URL',
      definite: refused,
      retryable: true,
      cause,
    });
  }
}

class SilenceError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1_000} s`);
  }
}

/** Ctrl-C came first. */
export function interrupted(): CommandError {
  return new CommandError('ERR_ABORTED', 'interrupted', { definite: false });
}

async function hasConfigFile({ env, cwd }: Cli): Promise<boolean> {
  return (env['QUORUMCAST_CONFIG'] ?? '') !== '' || exists(resolve(cwd, 'quorumcast.json'));
}

/** An address to listen on, as one to ask: 0.0.0.0 is every address of this machine, loopback among them. */
function reachableFrom(listen: string): string {
  return `http://${listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')}`;
}

function parseUrl(text: string): string {
  const full = /^[a-z]+:\/\//i.test(text) ? text : `http://${text.replace(/^:/, '127.0.0.1:')}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.pathname !== '/') {
    throw usage(`"${text}" is no address of a node`, `write it as ${DEFAULT_URL}`);
  }
  return url.origin;
}

async function readToken(path: string): Promise<string> {
  const token = (await readText(path, 'name the file that holds the token of that node')).trim();
  if (/^[!-~]+$/.test(token)) return token;
  throw new CommandError('ERR_CONFIG', `${path} holds no token`, {
    hint: 'a token is one line of printable characters without spaces',
  });
}
