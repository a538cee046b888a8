import type { Bracha87View } from '../../agreement/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { duration, type TopicView } from '../../member/index.ts';
import type { Agreement, AgreementView } from './api.ts';

/** What an explanation needs beside the agreement. */
export interface AgreementContext {
  readonly self: NodeId;
  readonly name: (id: NodeId) => string;
  readonly isUp: (id: NodeId) => boolean;
  readonly tickMs: number;
}

/** One agreement for people and programs. `decision`: once it is durable. */
export function agreementView(
  view: TopicView,
  decision: Agreement | undefined,
  context: AgreementContext,
): AgreementView {
  const { topic, proposal, state } = view;
  const quietMs = view.quietTicks * context.tickMs;
  const waiting = state !== undefined && decision === undefined && state.phase > 0 ? missing(state) : [];
  return {
    ...{ topic, proposal, decision, quietMs },
    state:
      state === undefined
        ? 'settled'
        : decision !== undefined
          ? 'decided'
          : proposal === undefined
            ? 'heard'
            : 'open',
    phase: state?.phase ?? 0,
    step: state?.step ?? 1,
    waitingFor: waiting,
    explain: explain(view, decision, quietMs, context),
  };
}

/** A decision as callers see it. */
export function agreementOf(
  topic: string,
  { value, round }: { readonly value: 0 | 1; readonly round: number },
): Agreement {
  return { topic, value, phase: round };
}

function explain(
  { topic, state, proposal }: TopicView,
  decision: Agreement | undefined,
  quietMs: number,
  context: AgreementContext,
): string {
  const label = `"${topic}"`;
  if (decision !== undefined) {
    const decided = `${label} is decided: ${decision.value}${decision.phase > 0 ? `, in phase ${decision.phase}` : ''}.`;
    if (state === undefined) return decided;
    return `${decided} ${state.decides.length} of ${state.needed} members that end it said so.`;
  }
  if (state === undefined) return `Nothing is known of ${label}.`;
  if (proposal === undefined)
    return `Others speak of ${label}; this member has proposed nothing in it, and helps them.`;
  const lines = [`${label} is not decided here. This member proposed ${proposal}.`];
  if (state.exhausted) lines.push('Its last phase is over: only what others decided can help.');
  else lines.push(...standing(state, context));
  if (state.decides.length > 0)
    lines.push(`Decided, they say: ${state.decides.map(({ member }) => context.name(member)).join(', ')}.`);
  lines.push(`Nothing has changed for ${duration(quietMs)}.`);
  return lines.join(' ');
}

function standing(state: Bracha87View, { name, isUp, self }: AgreementContext): string[] {
  const { phase, step, needed, waiting } = state;
  const have = waiting.valid.map(({ member }) => name(member)).join(', ');
  const lines = [
    `It is in phase ${phase}, step ${step}: ${waiting.valid.length} of ${needed} values${have === '' ? '' : ` (${have})`}.`,
  ];
  const others = waiting.missing.filter((id) => id !== self);
  const person = (id: NodeId): string => `${name(id)} (${isUp(id) ? 'connected' : 'away'})`;
  if (others.length > 0) lines.push(`None came from ${others.map(person).join(', ')}.`);
  if (waiting.unjustified.length > 0)
    lines.push(`Without a reason so far: ${waiting.unjustified.map(name).join(', ')}.`);
  return lines;
}

function missing({ waiting }: Bracha87View): readonly NodeId[] {
  return [...waiting.missing, ...waiting.unjustified].sort((a, b) => a - b);
}
