export {
  ADVERSARIES,
  type Adversary,
  type AdversaryContext,
  type AdversaryName,
  type Bend,
  BendingParticipant,
  type Lie,
} from './adversary/index.ts';
export { type Delivered, SimulatedDisk } from './disk.ts';
export { Host, type HostOptions, type Sent, type Turn } from './host.ts';
export { Network, type Observer } from './network.ts';
