import { type LoadedConfig, parseAddress, QuorumcastError } from '../node/index.ts';
import { CommandError } from './command-error.ts';

/**
 * Says of an address in use who asked for it: which flag, variable or file. Other errors pass.
 * @throws always
 */
export async function blameBusyPort(
  error: unknown,
  key: 'listen' | 'http.listen',
  { settings, config }: LoadedConfig,
): Promise<never> {
  if (!(error instanceof QuorumcastError) || error.code !== 'ERR_ADDRESS_IN_USE') throw error;
  const setting = settings.find((entry) => entry.setting.key === key);
  const fromDefinition = key === 'listen' && setting?.value === undefined;
  const origin = fromDefinition ? config.cluster : (setting?.origin ?? 'default');
  const flag = key === 'listen' ? '--listen' : '--http';
  const holder = key === 'http.listen' ? await holderOf(String(setting?.value)) : '';
  throw new CommandError('ERR_ADDRESS_IN_USE', `${error.message} (${key}, from ${origin})${holder}`, {
    hint: `${error.hint}; choose with ${flag} HOST:PORT`,
    retryable: true,
    cause: error,
  });
}

/** The node that answers at an address, if one does: most often the same member, running already. */
async function holderOf(listen: string): Promise<string> {
  const address = parseAddress(listen);
  if (address === undefined) return '';
  const host = ['0.0.0.0', '::'].includes(address.host) ? '127.0.0.1' : address.host;
  try {
    const response = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}/`, {
      signal: AbortSignal.timeout(1_000),
    });
    const { name, member } = (await response.json()) as { name?: unknown; member?: unknown };
    return name === 'quorumcast' && typeof member === 'string' ? `: member ${member} runs there already` : '';
  } catch {
    return '';
  }
}
