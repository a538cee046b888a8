import type { NodeId } from '../committee/index.ts';

/** What members say to each other about one common subset. */
export type SubsetMessage<BroadcastMessage, AgreementMessage> =
  | { readonly kind: 'broadcast'; readonly proposer: NodeId; readonly body: BroadcastMessage }
  | { readonly kind: 'agreement'; readonly proposer: NodeId; readonly body: AgreementMessage }
  /** "I have the whole set, and ask for nothing more." */
  | { readonly kind: 'done' }
  /** Never sent: what `restore` is given for each payload that was kept. */
  | { readonly kind: 'kept'; readonly payload: Uint8Array };

/** One proposal that is in. */
export interface Proposal {
  readonly proposer: NodeId;
  readonly payload: Uint8Array;
}

/** What members say to each other about one value: what a common subset needs, but for `done`, and what came of it. */
export type ValueMessage<BroadcastMessage, AgreementMessage> =
  | SubsetMessage<BroadcastMessage, AgreementMessage>
  /** "I decided this." Binds. */
  | { readonly kind: 'decided'; readonly value: Uint8Array };
