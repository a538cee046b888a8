import { resolve } from 'node:path';
import { checkProof, loadClusterDefinition, parseProof, verifySignatures } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { readText } from '../files.ts';

interface VerifyOptions {
  readonly cluster: string;
}

/** Checks evidence files with nothing but the definition of the cluster. */
export async function run(cli: Cli, args: readonly string[], options: VerifyOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const cluster = await loadClusterDefinition(resolve(cwd, options.cluster));
  const { missing, invalid } = verifySignatures(cluster);
  const unsigned = [...missing, ...invalid];
  let all = true;
  for (const file of args) {
    const document = parseProof(await readText(resolve(cwd, file)), file);
    const { proven, complaint } = checkProof(document, cluster);
    const { accused, instance } = document;
    all &&= proven;
    const verdict = proven
      ? `proven: ${accused.name} signed two different batches for its instance ${instance} of cluster ${cluster.name}, epoch ${cluster.epoch}`
      : `not proven: ${complaint}`;
    terminal.emit({ file, proven, complaint, accused: accused.name, instance }, `${file}: ${verdict}`);
  }
  if (all) {
    terminal.talk('  -> its key was used to lie, by its operator or by whoever else has the key');
  }
  if (unsigned.length > 0) {
    terminal.talk(
      `  -> the definition is not signed by ${unsigned.join(', ')}: be sure that it is the one in use`,
    );
  }
  return all ? EXIT.ok : EXIT.failed;
}
