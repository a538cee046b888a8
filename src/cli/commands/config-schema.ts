import { configJsonSchema } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** Prints the JSON Schema of the config file. */
export async function run({ terminal }: Cli): Promise<ExitCode> {
  const schema = await configJsonSchema();
  terminal.emit(schema, JSON.stringify(schema, undefined, 2));
  return EXIT.ok;
}
