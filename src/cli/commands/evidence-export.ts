import { resolve } from 'node:path';
import type { Evidence } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists, replaceFile } from '../files.ts';
import { NodeClient } from '../http-client.ts';
import type { ReachOptions } from '../surface/client.ts';

interface ExportOptions extends ReachOptions {
  readonly out?: string;
}

/** Writes what this node can prove as files that anybody can check. */
export async function run(cli: Cli, _args: readonly string[], options: ExportOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const client = await NodeClient.of(cli, options);
  const { evidence } = await client.json<{ evidence: readonly Evidence[] }>('/v1/evidence');
  const proofs = evidence.flatMap((entry) => entry.proofs);
  for (const proof of proofs) {
    const { name } = proof.accused;
    const path = resolve(cwd, options.out ?? '.', `evidence-${name}-${proof.instance}.json`);
    // The same proof by another member says the same: what is there already stays.
    const kept = await exists(path);
    if (!kept) await replaceFile(path, `${JSON.stringify(proof, undefined, 2)}\n`);
    terminal.emit(
      { event: 'exported', accused: name, instance: proof.instance, path, written: !kept },
      `${path}${kept ? ' (was there already)' : ''}  ${name} signed two batches for its instance ${proof.instance}`,
    );
  }
  if (proofs.length > 0) {
    terminal.talk('  -> `quorumcast evidence verify FILE --cluster cluster.json` checks it, on any machine');
    return EXIT.ok;
  }
  const suspicions = evidence.length === 0 ? 'it saw nobody do wrong' : 'what it saw is suspicion, not proof';
  terminal.emit({ event: 'nothing', suspicions: evidence.length }, `nothing to export: ${suspicions}`);
  return EXIT.unknown;
}
