import { isUtf8 } from 'node:buffer';
import type { AgreementView, AnyAgreement } from './api.ts';

/** Bytes as JSON: in base64, and as text if they are UTF-8. */
export interface JsonBytes {
  readonly base64: string;
  readonly text?: string;
}

/** What was decided, as JSON. */
export type AgreementJson = { readonly topic: string; readonly phase: number } & (
  | { readonly value: 0 | 1 }
  | JsonBytes
);

/** What was decided, as JSON. */
export function agreementJson({ topic, phase, value }: AnyAgreement): AgreementJson {
  return typeof value === 'number' ? { topic, value, phase } : { topic, ...bytesJson(value), phase };
}

/** What is known of an agreement, as JSON. */
export function agreementViewJson({ proposal, decision, ...rest }: AgreementView) {
  return {
    ...rest,
    ...(proposal === undefined
      ? {}
      : { proposal: typeof proposal === 'number' ? proposal : bytesJson(proposal) }),
    ...(decision === undefined ? {} : { decision: agreementJson(decision) }),
  };
}

/** What is known of an agreement, as JSON. */
export type AgreementViewJson = ReturnType<typeof agreementViewJson>;

function bytesJson(value: Uint8Array): JsonBytes {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { base64: bytes.toString('base64'), ...(isUtf8(bytes) ? { text: bytes.toString() } : {}) };
}
