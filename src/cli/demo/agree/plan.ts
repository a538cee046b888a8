import { faultyMax } from '../../../committee/index.ts';
import { AGREEMENT_LIARS, type AgreementLiarName } from '../../../simulator/index.ts';
import { usage } from '../../command-error.ts';

/** The options of `quorumcast demo agree`, as they stand on the command line. */
export interface DemoAgreeOptions {
  readonly members?: string;
  /** `NAME=KIND`, repeated or separated by commas. */
  readonly byzantine?: readonly string[];
  /** What the correct members propose, in their order, separated by commas. */
  readonly propose?: string;
}

/** What they mean. */
export interface DemoAgreePlan {
  readonly n: number;
  /** By member number. */
  readonly liars: ReadonlyMap<number, AgreementLiarName>;
  /** By member number; of the correct ones. */
  readonly proposals: ReadonlyMap<number, 0 | 1>;
}

/** Most members, each a process of its own. */
const MEMBERS_MAX = 16;

/** @throws CommandError ERR_USAGE that says what is possible */
export function planDemoAgree(options: DemoAgreeOptions): DemoAgreePlan {
  const n = Number(options.members ?? '4');
  if (!Number.isInteger(n) || n < 1 || n > MEMBERS_MAX)
    throw usage(`--members ${options.members} is not possible`, `1 to ${MEMBERS_MAX}`);
  const f = faultyMax(n);
  const liars = liarsOf(options.byzantine ?? (f > 0 ? [`p${n - 1}=equivocate`] : []), n);
  if (liars.size > f)
    throw usage(`${liars.size} of ${n} members lie, and nothing is promised beyond ${f}`, 'n >= 3f+1');
  const correct = Array.from({ length: n }, (_, id) => id).filter((id) => !liars.has(id));
  const values = options.propose?.split(',') ?? correct.map((_, index) => String(index % 2));
  if (values.length !== correct.length)
    throw usage(
      `--propose has ${values.length} values for ${correct.length} correct members`,
      `for example --propose ${correct.map((_, index) => index % 2).join()}`,
    );
  const wrong = values.find((value) => value !== '0' && value !== '1');
  if (wrong !== undefined) throw usage(`--propose: "${wrong}" is neither 0 nor 1`);
  return { n, liars, proposals: new Map(correct.map((id, index) => [id, values[index] === '1' ? 1 : 0])) };
}

function liarsOf(given: readonly string[], n: number): Map<number, AgreementLiarName> {
  const liars = new Map<number, AgreementLiarName>();
  for (const item of given.flatMap((list) => list.split(','))) {
    const [name = '', kind = ''] = item.split('=');
    const id = Number(/^p(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (!(id < n)) throw usage(`--byzantine ${item}: there is no member "${name}"`, `p0 to p${n - 1}`);
    if (!isLiar(kind)) {
      const known = Object.entries(AGREEMENT_LIARS).map(([word, { summary }]) => `${word} (${summary})`);
      throw usage(`--byzantine ${item}: unknown kind "${kind}"`, `kinds are ${known.join(', ')}`);
    }
    if (liars.has(id)) throw usage(`--byzantine names ${name} twice`);
    liars.set(id, kind);
  }
  return liars;
}

function isLiar(name: string): name is AgreementLiarName {
  return Object.hasOwn(AGREEMENT_LIARS, name);
}
