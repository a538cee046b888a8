/** What the process's exit code says. */
export const EXIT = {
  ok: 0,
  /** It failed, or a property is violated. */
  failed: 1,
  /** Not known: degraded, undecided, or a deadline passed first. */
  unknown: 2,
  /** The command line makes no sense. */
  usage: 64,
  /** A file, a key or a setting is wrong. */
  config: 78,
  /** Interrupted before it was done. */
  interrupted: 130,
} as const;

/** One of the values of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Record<string, ExitCode>> = {
  ERR_USAGE: EXIT.usage,
  ERR_CONFIG: EXIT.config,
  ERR_CLUSTER_INVALID: EXIT.config,
  ERR_CLUSTER_UNSIGNED: EXIT.config,
  ERR_CLUSTER_MISMATCH: EXIT.config,
  ERR_IDENTITY: EXIT.config,
  ERR_NOT_A_MEMBER: EXIT.config,
  ERR_TIMEOUT: EXIT.unknown,
  ERR_ABORTED: EXIT.interrupted,
};

/** The exit code of an error with this code. */
export function exitCodeOf(code: string): ExitCode {
  return BY_CODE[code] ?? EXIT.failed;
}
