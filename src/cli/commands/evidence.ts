import type { Evidence } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import type { ReachOptions } from '../surface/client.ts';
import { table } from '../terminal.ts';

/** Lists what members did that they must not. */
export async function run(cli: Cli, _args: readonly string[], options: ReachOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const client = await NodeClient.of(cli, options);
  const { evidence } = await client.json<{ evidence: readonly Evidence[] }>('/v1/evidence');
  if (terminal.json) {
    for (const entry of evidence) terminal.emit(entry, '');
    return EXIT.ok;
  }
  if (evidence.length === 0) {
    terminal.talk('none: this node saw no member do what it must not');
    return EXIT.ok;
  }
  const rows = evidence.map(({ name, code, count, about, first, last, proofs }) => [
    name,
    code,
    String(count),
    proofs.length === 0 ? '-' : String(proofs.length),
    about === undefined ? '-' : `member ${about.sender}, instance ${about.instance}`,
    first,
    last,
  ]);
  terminal.raw(
    `${table([['MEMBER', 'WHAT', 'COUNT', 'PROOFS', 'FIRST SEEN IN', 'FIRST', 'LAST'], ...rows], [2, 3])}\n`,
  );
  if (evidence.some(({ proofs }) => proofs.length > 0))
    terminal.talk('`quorumcast evidence export` writes the proofs as files that anybody can check');
  terminal.talk('what each means and what to do: docs/faults.md');
  return EXIT.ok;
}
