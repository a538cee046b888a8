import { WIRE_VERSION } from '../../codec/index.ts';
import { VERSION } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** Prints the version. */
export async function run({ terminal }: Cli): Promise<ExitCode> {
  terminal.emit(
    { version: VERSION, wire: WIRE_VERSION, node: process.versions.node },
    `quorumcast ${VERSION}  wire ${WIRE_VERSION}  node ${process.versions.node}`,
  );
  return EXIT.ok;
}
