import type { NodeId } from '../../committee/index.ts';
import type { TopicState } from '../../member/index.ts';
import type { AgreementContext } from './explain.ts';

/** Where an agreement on a bit stands. */
export type BitState = Exclude<TopicState, { readonly kind: 'value' }>;

/** Where this member stands in an agreement on a bit. */
export interface Standing {
  readonly phase: number;
  readonly step: 1 | 2 | 3 | 4;
  /** Members of which nothing that counts in this step has come. */
  readonly missing: readonly NodeId[];
  /** The same in sentences. */
  readonly lines: (context: AgreementContext) => string[];
}

/** Where this member stands. */
export function standingOf(state: BitState): Standing {
  return state.kind === 'bit' ? local(state.view) : common(state.view);
}

function local(view: Extract<BitState, { readonly kind: 'bit' }>['view']): Standing {
  const { phase, step, needed, waiting, exhausted } = view;
  const begun = phase > 0;
  const missing = begun ? [...waiting.missing, ...waiting.unjustified].sort((a, b) => a - b) : [];
  const lines = (context: AgreementContext): string[] => {
    if (exhausted) return ['Its last phase is over: only what others decided can help.'];
    const { name, self } = context;
    const have = waiting.valid.map(({ member }) => name(member)).join(', ');
    const list = have === '' ? '' : ` (${have})`;
    const told = [
      `It is in phase ${phase}, step ${step}: ${waiting.valid.length} of ${needed} values${list}.`,
    ];
    const others = waiting.missing.filter((id) => id !== self);
    if (others.length > 0) told.push(`None came from ${people(others, context)}.`);
    if (waiting.unjustified.length > 0)
      told.push(`Without a reason so far: ${waiting.unjustified.map(name).join(', ')}.`);
    return told;
  };
  return { phase, step, missing, lines };
}

/** By what is waited for: the step, and what comes in it. */
const STEPS = {
  bval: [1, 'values that 2f+1 members back'],
  aux: [2, 'AUX of n-f members'],
  conf: [3, 'CONF of n-f members'],
  coin: [4, 'shares of the coin from f+1 members'],
  'coin-exhausted': [4, 'a coin that has none left'],
} as const;

function common(view: Extract<BitState, { readonly kind: 'common-bit' }>['view']): Standing {
  const { round, waitingFor, missing, estimate } = view;
  const begun = estimate !== undefined;
  const [step, what] =
    waitingFor === 'proposal' || waitingFor === 'halt' || waitingFor === 'nothing'
      ? ([1, undefined] as const)
      : STEPS[waitingFor];
  const lines = (context: AgreementContext): string[] => {
    if (what === undefined) return [];
    const told = [`It is in round ${round}, step ${step}, and waits for ${what}.`];
    const others = missing.filter((id) => id !== context.self);
    if (others.length > 0) told.push(`None came from ${people(others, context)}.`);
    return told;
  };
  return { phase: begun ? round : 0, step, missing: what === undefined ? [] : missing, lines };
}

function people(ids: readonly NodeId[], { name, isUp }: AgreementContext): string {
  return ids.map((id) => `${name(id)} (${isUp(id) ? 'connected' : 'away'})`).join(', ');
}
