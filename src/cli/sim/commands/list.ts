import {
  CAMPAIGNS,
  KILLS,
  MUTANTS,
  PRESETS,
  SCHEDULE_SUMMARIES,
  SCHEDULES,
  STRATEGIES,
} from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { table } from '../../terminal.ts';

interface Item {
  readonly name: string;
  readonly summary: string;
}

const LISTS: Readonly<Record<string, () => readonly Item[]>> = {
  scenarios: () => [...named(CAMPAIGNS), ...named(PRESETS)],
  strategies: () => named(STRATEGIES),
  schedules: () => SCHEDULES.map((name) => ({ name, summary: SCHEDULE_SUMMARIES[name] })),
  mutants: () =>
    MUTANTS.map(({ name, wrong, equivalent }) => {
      const kill = KILLS[name];
      const how =
        kill === undefined ? undefined : `${kill.property}, --scenario ${kill.campaign} --seed ${kill.seed}`;
      return {
        name,
        summary: `${wrong} (${how ?? (equivalent === undefined ? 'not killed' : 'equivalent')})`,
      };
    }),
};

/** Names what there is. */
export function run(cli: Cli, args: readonly string[]): Promise<ExitCode> {
  const wanted = args[0] === undefined ? Object.keys(LISTS) : [args[0]];
  const lists = wanted.map((kind) => ({ kind, items: LISTS[kind]?.() ?? [] }));
  if (cli.terminal.json) {
    for (const { kind, items } of lists) for (const item of items) cli.terminal.emit({ kind, ...item }, '');
    return Promise.resolve(EXIT.ok);
  }
  const text = lists.map(({ kind, items }) => {
    return `${cli.terminal.style('bold', kind)}\n${table(items.map(({ name, summary }) => [`  ${name}`, summary]))}`;
  });
  cli.terminal.emit({}, text.join('\n\n'));
  return Promise.resolve(EXIT.ok);
}

function named(things: Readonly<Record<string, { readonly summary: string }>>): Item[] {
  return Object.entries(things).map(([name, { summary }]) => ({ name, summary }));
}
