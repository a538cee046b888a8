import { resolve } from 'node:path';
import {
  type Card,
  type ClusterDefinition,
  initCluster,
  loadCard,
  QuorumcastError,
  serializeClusterDefinition,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { clusterObject, describeCluster } from '../cluster-text.ts';
import { CommandError, usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists, replaceFile } from '../files.ts';

/** Options of `cluster init`. */
export interface ClusterInitOptions {
  readonly name: string;
  readonly faulty?: number;
  readonly epoch?: number;
  readonly broadcast?: 'early' | 'classic';
  readonly payloadBytes?: number;
  readonly window?: number;
  readonly bytesPerSender?: number;
  readonly messagesPerInstance?: number;
  readonly out?: string;
}

/** Makes an unsigned cluster definition from cards. */
export async function run(cli: Cli, args: readonly string[], options: ClusterInitOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const cards = await loadCards(args.map((path) => resolve(cwd, path)));
  const definition = init(cards, options);
  if (options.out === undefined) {
    terminal.raw(terminal.json ? `${JSON.stringify(definition)}\n` : serializeClusterDefinition(definition));
  } else {
    const path = resolve(cwd, options.out);
    if (await exists(path)) throw usage(`${path} exists`, 'name another file, or move the old one away');
    await replaceFile(path, serializeClusterDefinition(definition));
    terminal.emit({ event: 'created', file: path, ...clusterObject(definition) }, path);
  }
  terminal.talk(`${describeCluster(definition)}\n`);
  if (definition.committee.f === 0) {
    terminal.warn('with fewer than 4 members not a single one may be faulty: one that stops halts delivery');
  }
  terminal.talk('next: send this file to every member; each compares the digest by telephone and runs');
  terminal.talk('      `quorumcast cluster sign cluster.json --key NAME.key`');
  return EXIT.ok;
}

function init(cards: readonly Card[], options: ClusterInitOptions): ClusterDefinition {
  const { payloadBytes, window, bytesPerSender, messagesPerInstance } = options;
  try {
    return initCluster(cards, {
      name: options.name,
      ...(options.faulty === undefined ? {} : { faulty: options.faulty }),
      ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
      ...(options.broadcast === undefined ? {} : { broadcast: options.broadcast }),
      limits: {
        ...(payloadBytes === undefined ? {} : { payloadBytes }),
        ...(window === undefined ? {} : { window }),
        ...(bytesPerSender === undefined ? {} : { bytesPerSender }),
        ...(messagesPerInstance === undefined ? {} : { messagesPerInstance }),
      },
    });
  } catch (error) {
    if (!(error instanceof QuorumcastError) || error.code !== 'ERR_CLUSTER_INVALID') throw error;
    // There is no file yet that a line and a column could mean.
    throw new CommandError('ERR_CLUSTER_INVALID', error.message.replaceAll(/^cluster:\d+:\d+ /gm, ''), {
      hint: 'see `quorumcast cluster init --help`',
      cause: error,
    });
  }
}

/** All cards, or all that is wrong with them at once. */
async function loadCards(paths: readonly string[]): Promise<Card[]> {
  const results = await Promise.allSettled(paths.map(loadCard));
  const cards = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const [first] = errors;
  if (first === undefined) return cards;
  if (errors.length === 1 || !errors.every((error) => error instanceof QuorumcastError)) throw first;
  const messages = errors.map((error) => error.message).join('\n');
  throw new CommandError('ERR_IDENTITY', messages, {
    hint: 'ask each of these members for the *.card.json that `quorumcast keygen` made',
  });
}
