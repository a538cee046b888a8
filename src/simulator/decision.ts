import type { NodeId } from '../committee/index.ts';
import type { CrashPoint } from './event.ts';

/**
 * Something that chance or an adversary decided. A run follows from its scenario and the list of its decisions, so
 * a list can be stored, replayed and shortened: one whose moment never comes is passed over.
 */
export type Decision =
  /** Hands over the message under way with this id. */
  | readonly ['deliver', id: string]
  /** Brings every link up and hands over every STATUS: where shortened runs begin. */
  | readonly ['open']
  | readonly ['submit', node: NodeId]
  | readonly ['tick', node: NodeId]
  | readonly ['up', a: NodeId, b: NodeId]
  | readonly ['down', a: NodeId, b: NodeId]
  /** The next turn of this member ends in a crash. */
  | readonly ['crash', node: NodeId, point: CrashPoint]
  | readonly ['restart', node: NodeId]
  /** There is room again on the disk of this member, which was full. */
  | readonly ['room', node: NodeId]
  /** A faulty member sends a message: the bytes of a whole frame, hexadecimal. */
  | readonly ['inject', from: NodeId, to: NodeId, frame: string]
  | readonly ['heal'];
