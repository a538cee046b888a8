export { Links } from './links.ts';
export {
  type Admission,
  type Claim,
  LINK_LIMITS_DEFAULT,
  LINK_TIMES_DEFAULT,
  type LinkLimits,
  type LinksOptions,
  type LinkTimes,
  type Refusal,
} from './options.ts';
export type { LinkFailure, PeerView } from './peer-record.ts';
export { type DownReason, isRefusal, REFUSAL_REASONS, type RefusalReason } from './reasons.ts';
