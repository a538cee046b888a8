import { describeError } from '../command-error.ts';

/** One thing that was examined. */
export interface Finding {
  /** What kind of thing: settings, cluster, key, data, port, http, memory, peer. */
  readonly check: string;
  /** Which one, where there are several. */
  readonly subject: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do; empty if there is nothing to do. */
  readonly hint: string;
}

/** Something that is as it should be. */
export function ok(check: string, message: string, subject = ''): Finding {
  return { check, subject, level: 'ok', message, hint: '' };
}

/** Something to see to, though the member can work. */
export function warn(check: string, message: string, hint: string, subject = ''): Finding {
  return { check, subject, level: 'warn', message, hint };
}

/** Something that keeps the member from working. */
export function fail(check: string, message: string, hint: string, subject = ''): Finding {
  return { check, subject, level: 'fail', message, hint };
}

/** What an error says, as a finding. Faults of this program itself pass. */
export function failed(check: string, error: unknown, subject = ''): Finding {
  const { code, message, hint } = describeError(error);
  if (code === 'ERR_INTERNAL') throw error;
  return fail(check, message, hint, subject);
}
