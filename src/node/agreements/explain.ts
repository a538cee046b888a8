import type { NodeId } from '../../committee/index.ts';
import {
  duration,
  type TopicDecision,
  type TopicState,
  type TopicValue,
  type TopicView,
} from '../../member/index.ts';
import type { AgreementProposal, AgreementView, AnyAgreement } from './api.ts';
import { type BitState, standingOf } from './standing.ts';

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
  decision: AnyAgreement | undefined,
  context: AgreementContext,
): AgreementView {
  const { topic, form, proposal, state } = view;
  const quietMs = view.quietTicks * context.tickMs;
  const at = state === undefined ? undefined : placeOf(state);
  const isValue = form === 'value' || form === 'common-value';
  return {
    ...{ topic, proposal, decision, quietMs },
    kind: isValue ? 'value' : 'bit',
    coin: form === 'bit' || form === 'value' ? 'own' : 'common',
    state:
      state === undefined
        ? 'settled'
        : decision !== undefined
          ? 'decided'
          : proposal === undefined
            ? 'heard'
            : 'open',
    phase: at?.phase ?? 0,
    step: at?.step ?? 1,
    waitingFor: decision === undefined ? (at?.missing ?? []) : [],
    proposals: state?.kind === 'value' ? state.view.proposals : [],
    explain: explain(view, decision, quietMs, context),
  };
}

/** A decision as callers see it. */
export function agreementOf(topic: string, { value, round }: TopicDecision): AnyAgreement {
  return typeof value === 'number' ? { topic, value, phase: round } : { topic, value, phase: round };
}

/** A value for people: text in quotes if it is such, else its length and how it begins. */
export function shownValue(value: TopicValue): string {
  if (typeof value === 'number') return String(value);
  const text = Buffer.from(value).toString();
  const isText = Buffer.from(text).equals(value) && !/\p{Cc}/u.test(text);
  if (isText && text.length <= SHOWN_CHARACTERS) return JSON.stringify(text);
  return `${value.length} bytes (${Buffer.from(value.subarray(0, 8)).toString('hex')}…)`;
}

const SHOWN_CHARACTERS = 64;

/** Where a member stands, and whom it waits for. */
interface Place {
  readonly phase: number;
  readonly step: 1 | 2 | 3 | 4;
  readonly missing: readonly NodeId[];
}

function placeOf(state: TopicState): Place {
  if (state.kind !== 'value') return standingOf(state);
  const { proposals } = state.view;
  const open = undecidedOf(state);
  const at = open === undefined ? { phase: 0, step: 1 as const, missing: [] } : standingOf(open.state);
  const missing = proposals.filter(({ here }) => !here).map(({ proposer }) => proposer);
  return isShort(state) ? { ...at, missing } : at;
}

/** Whether too few proposals are here to go on. */
function isShort({ view: { proposals, needed } }: Extract<TopicState, { kind: 'value' }>): boolean {
  return proposals.filter(({ here }) => here).length < needed;
}

/** The first proposal of which it is open whether it is in, and where the agreement on that stands. */
function undecidedOf({
  view,
  agreements,
}: Extract<TopicState, { kind: 'value' }>):
  | { readonly proposer: NodeId; readonly state: BitState }
  | undefined {
  const open = view.proposals.find(({ decided, proposer }) => {
    const standing = agreements[proposer];
    return decided === undefined && standing !== undefined && standing.decision === undefined;
  });
  const found = open && agreements[open.proposer];
  if (open === undefined || found === undefined) return undefined;
  const state: BitState =
    'bvals' in found ? { kind: 'common-bit', view: found } : { kind: 'bit', view: found };
  return { proposer: open.proposer, state };
}

function explain(
  { topic, state, proposal }: TopicView,
  decision: AnyAgreement | undefined,
  quietMs: number,
  context: AgreementContext,
): string {
  const label = `"${topic}"`;
  if (decision !== undefined) {
    const { phase, value } = decision;
    const decided = `${label} is decided: ${shownValue(value)}${phase > 0 ? `, in phase ${phase}` : ''}.`;
    const ends = state === undefined ? undefined : endOf(state);
    return ends === undefined ? decided : `${decided} ${ends}`;
  }
  if (state === undefined) return `Nothing is known of ${label}.`;
  if (proposal === undefined && state.kind !== 'value')
    return `Others speak of ${label}; this member has proposed nothing in it, and helps them.`;
  const own =
    proposal === undefined
      ? 'has proposed nothing, and helps the others'
      : `proposed ${shownValue(proposal)}`;
  const lines = [`${label} is not decided here. This member ${own}.`];
  lines.push(...(state.kind === 'value' ? valueLines(state, context) : standingOf(state).lines(context)));
  const decides = decidesOf(state);
  if (decides.length > 0) lines.push(`Decided, they say: ${decides.map(context.name).join(', ')}.`);
  lines.push(`Nothing has changed for ${duration(quietMs)}.`);
  return lines.join(' ');
}

function valueLines(state: Extract<TopicState, { kind: 'value' }>, context: AgreementContext): string[] {
  const { name, isUp, self } = context;
  const { proposals, needed } = state.view;
  const named = (is: (proposal: AgreementProposal) => boolean): NodeId[] =>
    proposals.filter(is).map(({ proposer }) => proposer);
  const here = named((one) => one.here);
  const list = here.length === 0 ? '' : ` (${here.map(name).join(', ')})`;
  const lines = [`${here.length} of ${needed} proposals are here${list}.`];
  const missing = named((one) => !one.here && one.proposer !== self);
  if (isShort(state) && missing.length > 0)
    lines.push(
      `None came from ${missing.map((id) => `${name(id)} (${isUp(id) ? 'connected' : 'away'})`).join(', ')}.`,
    );
  const [into, out] = [named((one) => one.decided === 1), named((one) => one.decided === 0)];
  if (into.length > 0) lines.push(`In: ${into.map(name).join(', ')}.`);
  if (out.length > 0) lines.push(`Out: ${out.map(name).join(', ')}.`);
  const open = isShort(state) ? undefined : undecidedOf(state);
  if (open !== undefined)
    lines.push(`Whether that of ${name(open.proposer)} is in:`, ...standingOf(open.state).lines(context));
  return lines;
}

function endOf(state: TopicState): string | undefined {
  const decides = decidesOf(state).length;
  if (state.kind === 'common-bit') return undefined;
  return `${decides} of ${state.view.needed} members that end it said so.`;
}

function decidesOf(state: TopicState): readonly NodeId[] {
  if (state.kind === 'common-bit') return [];
  if (state.kind === 'value') return state.view.decides;
  return state.view.decides.map(({ member }) => member);
}
