import type { ExitCode } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** What a command gets besides its arguments and options. */
export interface Cli {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths are taken from. */
  readonly cwd: string;
}

/** A file of `commands/`. Loaded when its command is called, so that no command waits for another one's packages. */
export interface CommandModule<Options> {
  /** `args`: the operands as given. @throws an error with code and hint. */
  run(cli: Cli, args: readonly string[], options: Options): Promise<ExitCode>;
}
