import { loadConfig, SETTINGS } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { table } from '../terminal.ts';

/** Prints every setting with its origin. */
export async function run({ terminal, cwd, env }: Cli, args: readonly string[]): Promise<ExitCode> {
  const { settings, file, warnings } = await loadConfig({ cwd, env, flags: {}, file: args[0] });
  for (const warning of warnings) terminal.warn(warning);
  if (terminal.json) {
    for (const { setting, value, origin } of settings) {
      const { key, env: variable, flag } = setting;
      terminal.emit({ key, value: value ?? null, origin, env: variable, flag: flag ?? null }, '');
    }
    return EXIT.ok;
  }
  terminal.talk(file === undefined ? 'no config file' : `config file ${file}`);
  const rows = settings.map(({ setting, value, origin }) => [
    setting.key,
    value === undefined ? '-' : String(value),
    origin === file ? 'file' : origin,
  ]);
  terminal.raw(`${table([['SETTING', 'VALUE', 'FROM'], ...rows])}\n`);
  terminal.talk(`\n${SETTINGS.length} settings; each can be set by its variable, see docs/cli.md`);
  return EXIT.ok;
}
