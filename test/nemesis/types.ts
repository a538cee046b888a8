import type { AdversaryName } from '../../dist/simulator/index.js';

/** A way through a wire: as who dialled speaks, or as who listens does. */
export type Direction = 'there' | 'back';

/** What a wire does to bytes in one direction. */
export interface Weather {
  readonly delayMs: number;
  /** At most so much more, at random; the order stays. */
  readonly jitterMs: number;
  readonly bytesPerSecond: number | undefined;
  /** Nothing goes on, and nobody is told; what was said goes when the wire is clear again. */
  readonly held: boolean;
}

/** What the nemesis does, drawn from the seed. Members are numbers; `ms` is how long it lasts. */
export type Fault = { readonly ms: number } & (
  | { readonly kind: 'kill'; readonly members: readonly number[] }
  | { readonly kind: 'pause'; readonly member: number }
  | { readonly kind: 'delay'; readonly wire: number; readonly delayMs: number; readonly jitterMs: number }
  | { readonly kind: 'throttle'; readonly wire: number; readonly bytesPerSecond: number }
  /** One direction of one wire. */
  | { readonly kind: 'one-way'; readonly wire: number; readonly direction: Direction }
  | { readonly kind: 'half-open'; readonly wire: number }
  | { readonly kind: 'reset'; readonly wire: number }
  /** All wires of one member. */
  | { readonly kind: 'cut'; readonly member: number }
  | { readonly kind: 'disk'; readonly member: number; readonly what: 'write' | 'sync' }
  /** Killed, and its log has rubbish behind its last record. */
  | { readonly kind: 'torn-tail'; readonly member: number; readonly bytes: number }
  /** The liar starts anew and lies in this way. */
  | { readonly kind: 'lie'; readonly adversary: AdversaryName }
);

/** One of the kinds of fault. */
export type FaultKind = Fault['kind'];

/** A part of a run, with a cluster of its own. */
export interface Act {
  readonly liar: number | undefined;
  readonly seconds: number;
  readonly faults: readonly Fault[];
}

/** What came of an act. */
export interface ActResult {
  readonly liar: number | undefined;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly messages: number;
  readonly accepted: number;
  readonly restarts: number;
  readonly slowestStartMs: number;
  readonly slowestRecoveryMs: number;
  readonly traceBytes: number;
  readonly interrupted: boolean;
  /** Empty: everything that was promised was kept. */
  readonly violations: readonly string[];
}

/** What an attacker's process is told. */
export interface AttackOrder {
  readonly attack: string;
  readonly ports: readonly number[];
  readonly ms: number;
  readonly clusterFile: string;
  /** Undefined: a stranger. */
  readonly keyFile: string | undefined;
}

/** What it did. */
export interface AttackReport {
  connections: number;
  sentBytes: number;
  turns: number;
}
