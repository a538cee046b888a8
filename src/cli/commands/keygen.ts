import { join, resolve } from 'node:path';
import { reasonOf, toHex } from '../../base/index.ts';
import {
  generateIdentity,
  makeCard,
  makeFolder,
  parseAddress,
  writeCard,
  writeIdentity,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { CommandError, usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists } from '../files.ts';

/** Options of `keygen`. */
export interface KeygenOptions {
  readonly address: readonly string[];
  readonly out: string;
}

/** Makes NAME.key and NAME.card.json. */
export async function run(cli: Cli, args: readonly string[], options: KeygenOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const [name = ''] = args;
  for (const address of options.address) {
    const parsed = parseAddress(address);
    if (parsed === undefined || parsed.port === 0) {
      throw usage(
        `"${address}" is no address that others can reach`,
        'write HOST:PORT, for example --address quorumcast.acme.example:7400',
      );
    }
  }
  const identity = generateIdentity(name);
  const card = makeCard(
    identity,
    options.address.map((address) => address.toLowerCase()),
  );
  const folder = resolve(cwd, options.out);
  await makeFolder(folder).catch((cause: unknown) => {
    throw new CommandError('ERR_IDENTITY', `${folder} cannot be made: ${reasonOf(cause)}`, {
      hint: 'name a folder with --out, or a place where one can be made',
      cause,
    });
  });
  const keyPath = join(folder, `${name}.key`);
  const cardPath = join(folder, `${name}.card.json`);
  // Both first: a key without its card would have to be thrown away.
  for (const path of [keyPath, cardPath]) {
    if (await exists(path)) {
      throw new CommandError('ERR_IDENTITY', `${path} exists and is never overwritten`, {
        hint: 'a lost key is a lost member: use another name or --out, or move the old file away and keep it',
      });
    }
  }
  await writeIdentity(identity, keyPath);
  await writeCard(card, cardPath);
  terminal.emit(
    {
      event: 'created',
      name,
      key: keyPath,
      card: cardPath,
      publicKey: toHex(identity.publicKey),
      addresses: card.addresses,
    },
    `${keyPath}  secret, mode 0600: keep it, back it up, show it to nobody\n${cardPath}  public: send this one`,
  );
  terminal.talk('next: whoever makes the cluster runs `quorumcast cluster init --name NAME *.card.json`');
  return EXIT.ok;
}
