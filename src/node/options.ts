import { fileURLToPath } from 'node:url';
import leven from 'leven';
import type { Logger, NodeLimits, NodeOptions } from './api.ts';
import { ClusterDefinition } from './cluster/index.ts';
import { QuorumcastError } from './errors.ts';
import { Identity } from './identity/index.ts';
import { NODE_LIMITS_DEFAULT } from './memory-bound.ts';
import { RETENTION_DEFAULT } from './retention.ts';

const OPTIONS: readonly string[] = [
  'cluster',
  'identity',
  'coin',
  'nextIdentity',
  'listen',
  'dataDir',
  'validate',
  'validateValue',
  'limits',
  'retention',
  'logger',
  'signal',
] satisfies (keyof NodeOptions)[];

const LEVELS: readonly (keyof Logger)[] = ['debug', 'info', 'warn', 'error'];

/** What callers without types may get wrong. @throws QuorumcastError ERR_CONFIG, naming the option */
export function checkOptions(options: NodeOptions): void {
  if (!isObject(options)) {
    throw wrong(
      'createNode takes one object',
      'the least is { cluster: "cluster.json", identity: "name.key" }',
    );
  }
  checkNames('option', Object.keys(options), OPTIONS);
  const { cluster, identity, listen, dataDir, validate, validateValue, logger, signal } = options;
  checkSource('cluster', cluster, cluster instanceof ClusterDefinition, 'a cluster definition');
  checkSource('identity', identity, identity instanceof Identity, 'an identity');
  const { coin } = options;
  if (coin !== undefined && !(coin instanceof URL) && (typeof coin !== 'string' || coin === '')) {
    throw wrong("`coin` is the path of the file with this member's share of the common coin");
  }
  if (listen !== undefined && typeof listen !== 'string') throw wrong('`listen` is a text HOST:PORT');
  if (dataDir !== undefined && dataDir !== false && (typeof dataDir !== 'string' || dataDir === '')) {
    throw wrong('`dataDir` is the path of a folder, or false to keep everything in memory');
  }
  for (const [name, check] of Object.entries({ validate, validateValue })) {
    if (check === undefined || typeof check === 'function') continue;
    throw wrong(`\`${name}\` is a function that answers true or false`);
  }
  if (logger !== undefined && logger !== false && !isLogger(logger)) {
    throw wrong(`\`logger\` is false, or has the functions ${LEVELS.join(', ')}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrong('`signal` is an AbortSignal');
  if (options.limits !== undefined && !isObject(options.limits)) throw wrong('`limits` is an object');
  const { retention } = options;
  if (retention === undefined) return;
  if (!isObject(retention)) throw wrong('`retention` is an object');
  checkNames('retention limit', Object.keys(retention), Object.keys(RETENTION_DEFAULT));
}

/** The given limits, completed. @throws QuorumcastError ERR_CONFIG for unknown names and values out of range */
export function limitsOf(given: Partial<NodeLimits> = {}): NodeLimits {
  checkNames('limit', Object.keys(given), Object.keys(NODE_LIMITS_DEFAULT));
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw wrong(`\`limits.${name}\` is an integer, at least 1, not ${String(value)}`);
    }
  }
  return { ...NODE_LIMITS_DEFAULT, ...given };
}

/** The path that a text or a file: URL names. @throws QuorumcastError ERR_CONFIG */
export function pathOf(given: string | URL): string {
  if (typeof given === 'string') return given;
  if (given.protocol === 'file:') return fileURLToPath(given);
  throw wrong(`${given.href} is not a file: fetch it, and pass what it holds`);
}

function checkSource(name: string, given: unknown, isParsed: boolean, what: string): void {
  if (isParsed || given instanceof URL || (typeof given === 'string' && given !== '')) return;
  throw wrong(`createNode needs \`${name}\`: ${what}, or the path of its file`);
}

function checkNames(what: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = known.find((candidate) => leven(candidate, name) <= 2);
    throw wrong(
      `unknown ${what} "${name}"`,
      near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`,
    );
  }
}

function isLogger(given: unknown): given is Logger {
  return isObject(given) && LEVELS.every((level) => typeof Reflect.get(given, level) === 'function');
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

function wrong(message: string, hint = ''): QuorumcastError {
  return new QuorumcastError('ERR_CONFIG', message, { hint });
}
