import type { InstanceMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Effect, FaultCode } from '../protocol/index.ts';
import type { BrachaOutput } from './options.ts';

type Fault = Extract<Effect<InstanceMessage, BrachaOutput>, { readonly kind: 'fault' }>;

/** A member is seen to do wrong. */
export function accuse(accused: NodeId, code: FaultCode): readonly Fault[] {
  return [{ kind: 'fault', accused, code }];
}

/** A sender made two payloads for one instance: with both at hand, what a proof is made of. */
export function equivocated(
  accused: NodeId,
  first: Uint8Array | undefined,
  second: Uint8Array,
): readonly Fault[] {
  if (first === undefined) return accuse(accused, 'equivocation');
  return [{ kind: 'fault', accused, code: 'equivocation', payloads: [first, second] }];
}
