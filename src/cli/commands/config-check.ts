import {
  type Config,
  type LoadedConfig,
  loadClusterDefinition,
  loadConfig,
  loadIdentity,
  openCoin,
  parseAddress,
  requireIdentity,
  requireMember,
  requireSignatures,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { CommandError, describeError } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists } from '../files.ts';

/** Reads the settings and all they name; tells everything that is wrong at once. */
export async function run({ terminal, cwd, env }: Cli, args: readonly string[]): Promise<ExitCode> {
  const problems: string[] = [];
  const hints = new Set<string>();
  const attempt = async <T>(action: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await action();
    } catch (error) {
      const { code, message, hint } = describeError(error);
      if (code === 'ERR_INTERNAL') throw error;
      problems.push(message);
      if (hint !== '') hints.add(hint);
      return undefined;
    }
  };
  const loaded = await attempt(() => loadConfig({ cwd, env, flags: {}, file: args[0] }));
  if (loaded !== undefined) await checkFiles(loaded.config, attempt);
  for (const warning of loaded?.warnings ?? []) terminal.warn(warning);
  if (problems.length > 0) {
    throw new CommandError('ERR_CONFIG', problems.join('\n'), { hint: [...hints].join('\n  -> ') });
  }
  report({ terminal, loaded });
  return EXIT.ok;
}

type Attempt = <T>(action: () => T | Promise<T>) => Promise<T | undefined>;

async function checkFiles(config: Config, attempt: Attempt): Promise<void> {
  const cluster = await attempt(() => loadClusterDefinition(config.cluster));
  const identityPath = await attempt(() => requireIdentity(config));
  const identity = identityPath === undefined ? undefined : await attempt(() => loadIdentity(identityPath));
  if (cluster !== undefined) await attempt(() => requireSignatures(cluster));
  if (cluster !== undefined && identity !== undefined) await attempt(() => requireMember(cluster, identity));
  if (cluster !== undefined && identity !== undefined)
    await attempt(() => openCoin(cluster, requireMember(cluster, identity).id, config.coin));
  await attempt(() => requireToken(config));
}

/** Beyond loopback the HTTP API asks for a token. */
async function requireToken({ http }: Config): Promise<void> {
  if (http.tokenFile !== undefined && !(await exists(http.tokenFile))) {
    throw new CommandError('ERR_CONFIG', `http.tokenFile ${http.tokenFile} does not exist`, {
      hint: 'make one: `(umask 077; openssl rand -hex 32 > token)`',
    });
  }
  if (http.listen === false || http.tokenFile !== undefined) return;
  const host = parseAddress(http.listen)?.host ?? '';
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return;
  throw new CommandError(
    'ERR_CONFIG',
    `http.listen ${http.listen} can be reached by others and needs http.tokenFile`,
    {
      hint: 'name a token file, or listen on 127.0.0.1',
    },
  );
}

function report({ terminal, loaded }: { terminal: Cli['terminal']; loaded: LoadedConfig | undefined }): void {
  const file = loaded?.file;
  terminal.emit(
    { ok: true, file: file ?? null, warnings: loaded?.warnings ?? [] },
    `ok  ${file ?? 'no config file'}`,
  );
}
