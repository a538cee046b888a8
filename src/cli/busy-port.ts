import { formatAddress, type LoadedConfig, parseAddress, QuorumcastError } from '../node/index.ts';
import { CommandError } from './command-error.ts';
import { holderOf } from './port-holder.ts';
import { freeRow, listenError } from './ports.ts';

type Key = 'listen' | 'http.listen';

/** @throws CommandError ERR_ADDRESS_IN_USE, before a node is started that would have to be closed again */
export async function requireHttpPort(loaded: LoadedConfig): Promise<void> {
  const { listen } = loaded.config.http;
  const address = listen === false ? undefined : parseAddress(listen);
  if (address === undefined || address.port === 0) return;
  if ((await listenError(address.host, address.port)) !== 'EADDRINUSE') return;
  throw await busy('http.listen', loaded, formatAddress(address));
}

/**
 * Says of an address in use who asked for it: which flag, variable or file. Other errors pass.
 * @throws always
 */
export async function blameBusyPort(error: unknown, key: Key, loaded: LoadedConfig): Promise<never> {
  if (!(error instanceof QuorumcastError) || error.code !== 'ERR_ADDRESS_IN_USE') throw error;
  const listen = key === 'listen' ? loaded.config.listen : loaded.config.http.listen;
  throw await busy(key, loaded, listen || '', error);
}

async function busy(
  key: Key,
  { settings, config }: LoadedConfig,
  listen: string,
  cause?: QuorumcastError,
): Promise<CommandError> {
  const setting = settings.find((entry) => entry.setting.key === key);
  // An address from the cluster definition: only the one who tried it knows which it was.
  const tried = parseAddress(listen) === undefined ? cause?.message.replace(/ is in use.*/, '') : listen;
  const address = parseAddress(tried ?? '');
  const [origin, flag] =
    key === 'http.listen'
      ? [setting?.origin ?? 'default', '--http']
      : [setting?.value === undefined ? config.cluster : setting.origin, '--listen'];
  const details = { retryable: true, ...(cause === undefined ? {} : { cause }) };
  const from = `it comes from ${origin} (${key})`;
  if (address === undefined) {
    const what = tried ?? 'the address';
    const hint = `${cause?.hint ?? 'end the other program'}: ${flag} HOST:PORT`;
    return new CommandError('ERR_ADDRESS_IN_USE', `${what} is in use; ${from}`, { ...details, hint });
  }
  const holder = await holderOf(address.host, address.port, key === 'listen' ? 'peers' : 'http');
  const free = await freeRow(address.port + 1, 1, address.host);
  const other = free === undefined ? 'HOST:PORT' : formatAddress({ ...address, port: free });
  return new CommandError('ERR_ADDRESS_IN_USE', `${tried} is in use${holder}; ${from}`, {
    ...details,
    hint: `end the other program, or choose another address: ${flag} ${other}`,
  });
}
