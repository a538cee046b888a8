import type { NodeId } from '../../committee/index.ts';

/** What members agree on where the question is yes or no. */
export type AgreementValue = 0 | 1;

/** What came of an agreement: the same value at every correct member. A value of bytes is not to be written to. */
export interface Agreement<Value extends AgreementValue | Uint8Array = AgreementValue> {
  readonly topic: string;
  readonly value: Value;
  /** The phase or round in which this member came to it; 0 if it was told. Differs among members. */
  readonly phase: number;
}

/** An agreement on a bit or on bytes. */
export type AnyAgreement = Agreement | Agreement<Uint8Array>;

export interface AgreeOptions {
  /** Ends the waiting, not the agreement. */
  readonly signal?: AbortSignal;
}

/** What is known of one proposal of a value. */
export interface AgreementProposal {
  readonly proposer: NodeId;
  readonly here: boolean;
  readonly decided: AgreementValue | undefined;
}

/** What this node knows of an agreement: shared by `trace`, HTTP and dashboards. */
export interface AgreementView {
  readonly topic: string;
  /**
   * `heard`: others speak of it, and this member has proposed nothing. `open`: it has. `decided`: it knows the value, and
   * still helps others. `settled`: n-f members have decided.
   */
  readonly state: 'heard' | 'open' | 'decided' | 'settled';
  /** Whether it is on 0 or 1, or on bytes. */
  readonly kind: 'bit' | 'value';
  /** Whose coins it takes: those that each member tosses for itself, or one that was dealt to all. */
  readonly coin: 'own' | 'common';
  /** What this member proposed; undefined if nothing, or if it is settled. */
  readonly proposal: AgreementValue | Uint8Array | undefined;
  readonly decision: AnyAgreement | undefined;
  /**
   * Where this member stands: phase or round from 1, step 1 to 3, with a common coin 4 while it waits for that; 0 and 1 before
   * it has begun and once it is settled. Of a value: where the first agreement stands that is not decided.
   */
  readonly phase: number;
  readonly step: 1 | 2 | 3 | 4;
  /** Members of which nothing that counts in this step has come; empty once it is decided. */
  readonly waitingFor: readonly NodeId[];
  /** Of a value under way, by proposer: whether its proposal is here, and whether it is in (1) or out (0), if that is decided. */
  readonly proposals: readonly AgreementProposal[];
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
   * Proposes in a topic and resolves with what the members decide, durable here. Needs n-f members that propose in it. A topic
   * is text of 1 to 128 bytes of UTF-8, and stands for one question for as long as the epoch lasts. The same call again waits
   * for the same decision, also after a restart; the last 4,096 decisions are remembered.
   *
   * 0 or 1 (false or true): what is decided, a correct member proposed.
   *
   * Bytes, or text for its UTF-8, 1 to 1,024 bytes: what is decided, some member proposed, and `validateValue` accepts it at a
   * correct member; what all correct members propose is decided. Without a common coin for at most 10 members.
   * @throws QuorumcastError ERR_IDEMPOTENCY_CONFLICT for another proposal than before, ERR_BACKLOG_FULL with 32 under way (of
   * bytes: 4), ERR_PAYLOAD_TOO_LARGE, ERR_USAGE for what `validateValue` refuses here, ERR_CLOSED, ERR_ABORTED, ERR_TIMEOUT
   */
  agree(topic: string, value: AgreementValue | boolean, options?: AgreeOptions): Promise<Agreement>;
  agree(topic: string, value: Uint8Array | string, options?: AgreeOptions): Promise<Agreement<Uint8Array>>;
  /** What is known of a topic; undefined if nothing. Of several agreements of one name: the one this member proposed in, if any. */
  agreement(topic: string): AgreementView | undefined;
  /** The agreements that are known, `limit` at most: those under way, then those settled, newest first. */
  agreements(limit?: number): readonly AgreementView[];
}
