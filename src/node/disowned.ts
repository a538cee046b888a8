import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StreamStatus } from '../member/index.ts';
import { QuorumcastError } from './errors.ts';

/** What to do about a log that is not what the member said. */
export const DISOWNED_HINT =
  'it must not vote again in this epoch: find the right data directory, or have it given up and come back with a new key ' +
  '(docs/operations.md, "A member lost its disk"); a restored backup would make it contradict itself';

/** The error of a member in whose name the others have delivered an instance that it does not know, or otherwise. */
export function rolledBackBy(instance: number): QuorumcastError {
  return new QuorumcastError(
    'ERR_STATE_ROLLED_BACK',
    `the other members have delivered an instance ${instance} of this member that is not in its log`,
    { hint: DISOWNED_HINT },
  );
}

/** The error of a member of whom f+1 others have more than it ever said; undefined if all is well. */
export function strayInstance(
  own: Pick<StreamStatus, 'base' | 'behind'> | undefined,
  nextOwnInstance: number | undefined,
): QuorumcastError | undefined {
  if (own === undefined || nextOwnInstance === undefined) return undefined;
  const last = own.base + own.behind - 1;
  return last < nextOwnInstance ? undefined : rolledBackBy(last);
}

/** The file that says of a data directory that its member must not speak from it again. */
const MARK = 'disowned';

/**
 * Marks `dir` if `error` says that its log is not what the member said. Each start adds to a log, and one that is
 * behind would in the end look as if it were not: so the first verdict stands.
 */
export function markDisowned(dir: string | undefined, error: QuorumcastError): void {
  const { code, message } = error;
  if (dir === undefined) return;
  if (code !== 'ERR_STATE_LOST' && code !== 'ERR_STATE_ROLLED_BACK') return;
  const mark = { code, message, since: new Date().toISOString() };
  try {
    writeFileSync(join(dir, MARK), `${JSON.stringify(mark)}\n`, { mode: 0o600, flush: true });
  } catch {
    // A disk that takes no mark takes no log either.
  }
}

/** @throws QuorumcastError ERR_STATE_LOST or ERR_STATE_ROLLED_BACK if `dir` is marked. */
export function refuseDisowned(dir: string): void {
  const path = join(dir, MARK);
  let mark: string;
  try {
    mark = readFileSync(path, 'utf8');
  } catch {
    return;
  }
  const lost = /"code":"ERR_STATE_LOST"/.test(mark);
  throw new QuorumcastError(
    lost ? 'ERR_STATE_LOST' : 'ERR_STATE_ROLLED_BACK',
    `the other members have refused the log in ${dir} before: it is not what this member said`,
    {
      hint:
        'find the right data directory, or come back in a new epoch with a new key; if the right log stands there now, remove the ' +
        `file ${path}`,
    },
  );
}
