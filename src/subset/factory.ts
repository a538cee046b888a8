import type { NodeId } from '../committee/index.ts';
import type { Protocol } from '../protocol/index.ts';

/** Makes the child machine of each proposer: its broadcast, or the agreement on whether it is in. */
export type ChildFactory<Input, Message, Output> = (proposer: NodeId) => Protocol<Input, Message, Output>;
