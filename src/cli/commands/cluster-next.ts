import { resolve } from 'node:path';
import {
  diffClusters,
  loadCard,
  loadClusterDefinition,
  nextCluster,
  serializeClusterDefinition,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { clusterObject, describeCluster } from '../cluster-text.ts';
import { usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists, replaceFile } from '../files.ts';

/** Options of `cluster next`. */
export interface ClusterNextOptions {
  readonly cluster: string;
  readonly without?: readonly string[];
  readonly giveUp?: readonly string[];
  readonly address?: readonly string[];
  readonly faulty?: number;
  readonly out?: string;
}

/** Proposes the definition of the epoch after the present one. */
export async function run(cli: Cli, args: readonly string[], options: ClusterNextOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const current = await loadClusterDefinition(resolve(cwd, options.cluster));
  const cards = await Promise.all(args.map((path) => loadCard(resolve(cwd, path))));
  const next = nextCluster(current, {
    cards,
    without: options.without ?? [],
    givenUp: options.giveUp ?? [],
    addresses: addressesOf(options.address ?? []),
    ...(options.faulty === undefined ? {} : { faulty: options.faulty }),
  });
  const changes = diffClusters(current, next).filter((line) => !/^(epoch|previous) differs/.test(line));
  if (options.out === undefined) {
    terminal.raw(terminal.json ? `${JSON.stringify(next)}\n` : serializeClusterDefinition(next));
  } else {
    const path = resolve(cwd, options.out);
    if (await exists(path)) throw usage(`${path} exists`, 'name another file, or move the old one away');
    await replaceFile(path, serializeClusterDefinition(next));
    terminal.emit({ event: 'proposed', file: path, changes, ...clusterObject(next) }, path);
  }
  terminal.talk(`${describeCluster(next)}\n`);
  terminal.talk(`follows epoch ${current.epoch}  digest ${current.shortDigest}`);
  for (const line of changes) terminal.talk(`  ${line}`);
  if (changes.length === 0) {
    terminal.warn(
      'nothing changes but the epoch, and all members have to take part: --give-up names one that is gone',
    );
  }
  for (const name of next.givenUp) {
    terminal.warn(
      `${name} is given up: see that it is stopped for good. Its old key and data directory are of no use again`,
    );
  }
  terminal.talk(
    'next: send this file to all members of both epochs; each compares the digest by telephone and runs',
  );
  terminal.talk('      `quorumcast cluster sign FILE --key NAME.key --previous cluster.json`');
  return EXIT.ok;
}

/** "p3=HOST:PORT", as often as it has addresses. */
function addressesOf(given: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, string[]>();
  for (const text of given) {
    const at = text.indexOf('=');
    if (at < 1) throw usage(`"${text}" is no change of address`, 'write --address NAME=HOST:PORT');
    const name = text.slice(0, at);
    addresses.set(name, [...(addresses.get(name) ?? []), text.slice(at + 1)]);
  }
  return addresses;
}
