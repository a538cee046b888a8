import { join, resolve } from 'node:path';
import { reasonOf } from '../../base/index.ts';
import {
  dealCoin,
  loadClusterDefinition,
  makeFolder,
  serializeClusterDefinition,
  writeCoinShare,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { clusterObject, describeCluster } from '../cluster-text.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists, replaceFile } from '../files.ts';

/** Options of `cluster deal`. */
export interface ClusterDealOptions {
  readonly out: string;
}

/** Deals a common coin: its public keys into the definition, its shares into a file for each member. */
export async function run(cli: Cli, args: readonly string[], options: ClusterDealOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const path = resolve(cwd, args[0] ?? 'cluster.json');
  const folder = resolve(cwd, options.out);
  const { definition, shares } = await dealCoin(await loadClusterDefinition(path));
  await makeFolder(folder, 0o700).catch((cause: unknown) => {
    throw new CommandError('ERR_CONFIG', `${folder} cannot be made: ${reasonOf(cause)}`, {
      hint: 'name a folder with --out, or a place where one can be made',
      cause,
    });
  });
  const files = shares.map((share) => ({ share, file: join(folder, `${share.name}.coin`) }));
  // All first: a share that is there was dealt with another definition.
  for (const { file } of files) {
    if (!(await exists(file))) continue;
    throw new CommandError('ERR_CONFIG', `${file} exists and is never overwritten`, {
      hint: 'name another folder with --out, or move the old shares away',
    });
  }
  for (const { share, file } of files) await writeCoinShare(share, file);
  await replaceFile(path, serializeClusterDefinition(definition));
  terminal.emit(
    {
      event: 'dealt',
      file: path,
      shares: files.map(({ share, file }) => ({ member: share.name, file })),
      ...clusterObject(definition),
    },
    [
      `${path}  public: the definition, now with the keys of the coin`,
      ...files.map(({ file }) => `${file}  secret`),
    ].join('\n'),
  );
  terminal.talk(`${describeCluster(definition)}\n`);
  terminal.warn(
    'who deals knows every coin of this cluster: be somebody all members trust, and destroy what is not yours',
  );
  terminal.talk(
    'next: give each member its NAME.coin in secret, and the definition to all, to be compared and signed;',
  );
  terminal.talk('      each runs with --coin NAME.coin, and removes it from here once all have theirs');
  return EXIT.ok;
}
