import type { NodeId } from '../../committee/index.ts';

/** What members agree on. */
export type AgreementValue = 0 | 1;

/** What came of an agreement: the same value at every correct member, and one that a correct member proposed. */
export interface Agreement {
  readonly topic: string;
  readonly value: AgreementValue;
  /** The phase in which this member came to it; 0 if it was told. Differs among members. */
  readonly phase: number;
}

export interface AgreeOptions {
  /** Ends the waiting, not the agreement. */
  readonly signal?: AbortSignal;
}

/** What this node knows of an agreement: shared by `trace`, HTTP and dashboards. */
export interface AgreementView {
  readonly topic: string;
  /**
   * `heard`: others speak of it, and this member has proposed nothing. `open`: it has. `decided`: it knows the value, and
   * still helps others. `settled`: n-f members have decided.
   */
  readonly state: 'heard' | 'open' | 'decided' | 'settled';
  /** What this member proposed; undefined if nothing, or if it is settled. */
  readonly proposal: AgreementValue | undefined;
  readonly decision: Agreement | undefined;
  /** Where this member stands: phase from 1, step 1 to 3; 0 and 1 before it has begun and once it is settled. */
  readonly phase: number;
  readonly step: 1 | 2 | 3;
  /** Members of which nothing that counts in this step has come; empty once it is decided. */
  readonly waitingFor: readonly NodeId[];
  /** How long nothing has changed. */
  readonly quietMs: number;
  /** In sentences: what is waited for, and from whom. */
  readonly explain: string;
}

/** How many agreements there are. */
export interface AgreementCounts {
  /** That this member takes part in, its own and those that others brought up. */
  readonly underWay: number;
  /** Of those, such as it proposed something in, and that are not decided here. */
  readonly undecided: number;
  /** Decided here since the start. */
  readonly decided: number;
  /** Messages about topics that there was no room for, since the start: asked for again when they matter. */
  readonly dropped: number;
}

/** The part of a node that agrees. */
export interface AgreeingNode {
  /**
   * Proposes 0 or 1 in a topic and resolves with what the members decide, durable here. Needs n-f members that propose in
   * it. A topic is text of 1 to 128 bytes of UTF-8, and stands for one question for as long as the epoch lasts. The same call
   * again waits for the same decision, also after a restart; the last 4,096 decisions are remembered.
   * @throws QuorumcastError ERR_IDEMPOTENCY_CONFLICT for another proposal than before, ERR_BACKLOG_FULL with 32 under way,
   * ERR_USAGE, ERR_CLOSED, ERR_ABORTED, ERR_TIMEOUT
   */
  agree(topic: string, value: AgreementValue | boolean, options?: AgreeOptions): Promise<Agreement>;
  /** What is known of a topic; undefined if nothing. */
  agreement(topic: string): AgreementView | undefined;
  /** The topics that are known, `limit` at most: those under way, then those settled, newest first. */
  agreements(limit?: number): readonly AgreementView[];
}
