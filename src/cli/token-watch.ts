import { readFile } from 'node:fs/promises';
import type { ClosableLogger, HttpServer } from '../node/index.ts';

/** How often the file is read. By its name, so that a link that is exchanged is noticed too. */
const INTERVAL_MS = 2_000;

/** What takes a token. */
type TokenTaker = Pick<HttpServer, 'setToken'>;

/**
 * Takes a new token from the file whenever another stands there than `current`; one that is unfit is refused, told once,
 * and the old one stays in force. Returns what ends the watch.
 */
export function watchToken(
  path: string,
  current: string,
  http: TokenTaker,
  logger: Pick<ClosableLogger, 'info' | 'error'>,
): () => void {
  let seen = current;
  const look = async (): Promise<void> => {
    try {
      const token = (await readFile(path, 'utf8')).trim();
      if (token === seen) return;
      seen = token;
      http.setToken(token);
      logger.info('config.reloaded', { what: 'token', path });
    } catch (error) {
      // A file that is away is being exchanged, or the old token is meant to stay.
      if (error instanceof Error && 'syscall' in error) return;
      const reason = error instanceof Error ? error.message : String(error);
      const hint = 'the old token stays in force; write 16 to 512 printable characters into the file';
      logger.error('config.not-reloaded', { what: 'token', path, reason, hint });
    }
  };
  const timer = setInterval(() => void look(), INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
