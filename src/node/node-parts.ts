import type { NodeId } from '../committee/index.ts';
import type {
  AgreementParticipant,
  Agreements,
  Member,
  MemberEffect,
  Participant,
  Stored,
} from '../member/index.ts';
import type { Logger, NodeLimits, RetentionLimits } from './api.ts';
import type { Claims } from './claims.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import type { DriverOptions } from './driver-options.ts';
import type { Lasting } from './epochs/lasting.ts';
import type { EvidenceBook } from './evidence/index.ts';
import type { Links } from './link/index.ts';
import type { LinkCallbacks } from './link-callbacks.ts';
import type { StoreNotices } from './retention.ts';
import type { Store } from './store/index.ts';
import type { Validator, ValueCheck } from './validator.ts';

/** What a running node is made of. */
export interface NodeParts extends Pick<DriverOptions, 'nextOwnInstance' | 'hasher'> {
  readonly cluster: ClusterDefinition;
  readonly self: NodeId;
  readonly member: Member;
  readonly participant: Participant;
  readonly stored: Stored;
  readonly agreements: Agreements;
  /** Answers the driver in their place. */
  readonly agreeing: AgreementParticipant;
  readonly started: readonly MemberEffect[];
  readonly store: Store;
  /** What readers and callers look things up in. */
  readonly reading: Store;
  readonly lasting: Lasting | undefined;
  readonly openLinks: (callbacks: LinkCallbacks) => Promise<Links>;
  readonly claims: Claims;
  readonly limits: NodeLimits;
  readonly retention: RetentionLimits;
  readonly notices: StoreNotices;
  readonly validator: Validator;
  readonly values: ValueCheck;
  readonly evidence: EvidenceBook;
  readonly logger: Logger | undefined;
  /** Where the store is, if it outlives the process. */
  readonly dataDir: string | undefined;
}
