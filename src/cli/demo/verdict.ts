import { createHash } from 'node:crypto';

/** What a check found. `undecided`: nothing was violated, but time ran out before everything was there. */
export type Finding = 'holds' | 'violated' | 'undecided';

/** One message as a member's own log has it. */
export interface Logged {
  readonly sender: number;
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** What one correct member delivered, in its order, read from its log. */
export interface MemberLog {
  readonly name: string;
  readonly delivered: readonly Logged[];
  /** It was gone before the end: what it delivered counts, and what it did not is nobody's fault. */
  readonly ended?: boolean;
}

/** What a sender is: of a liar only agreement and totality are asked, and of one that is gone not that all arrived. */
export type SenderRole = 'correct' | 'gone' | 'liar';

/** A message that the demo handed to a correct member, and the number it got. */
export interface Submitted {
  readonly sender: number;
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** The four guarantees, each with what speaks against it. */
export interface Verdict {
  readonly agreement: Finding;
  readonly totality: Finding;
  readonly validity: Finding;
  readonly integrity: Finding;
  /** Sentences about what was found wrong or missing; empty if all hold. */
  readonly notes: readonly string[];
}

/**
 * Judges the logs of the correct members alone. `submitted`: all that correct senders broadcast. `unsure`: what they were
 * given and did not answer for, since they were gone. `senders`: by number, what each is.
 */
export function judge(
  logs: readonly MemberLog[],
  { submitted, unsure = [] }: { submitted: readonly Submitted[]; unsure?: readonly Omit<Submitted, 'seq'>[] },
  senders: readonly SenderRole[],
  nameOf: (sender: number) => string,
): Verdict {
  const notes: string[] = [];
  const label = ({ sender, seq }: { sender: number; seq: number }): string => `${nameOf(sender)}#${seq}`;
  const sent = new Map(submitted.map((message) => [label(message), digestOf(message.payload)]));
  const perhaps = new Set(unsure.map(({ sender, payload }) => `${sender} ${digestOf(payload)}`));
  const isOwn = (message: Logged, digest: string): boolean =>
    sent.has(label(message))
      ? sent.get(label(message)) === digest
      : perhaps.has(`${message.sender} ${digest}`);
  const byLabel = new Map<string, Map<string, string>>();
  let integrity: Finding = 'holds';
  const fault = (text: string): void => {
    integrity = 'violated';
    notes.push(text);
  };
  for (const log of logs) {
    const next = senders.map(() => 1);
    for (const message of log.delivered) {
      const expected = next[message.sender] ?? 1;
      if (message.seq !== expected)
        fault(`${log.name} delivered ${label(message)} where #${expected} was due`);
      next[message.sender] = message.seq + 1;
      const digest = digestOf(message.payload);
      if (senders[message.sender] !== 'liar' && !isOwn(message, digest)) {
        fault(
          `${log.name} delivered something as ${label(message)} that ${nameOf(message.sender)} did not broadcast`,
        );
      }
      const at = byLabel.get(label(message)) ?? new Map<string, string>();
      at.set(log.name, digest);
      byLabel.set(label(message), at);
    }
  }
  const agreement = judgeAgreement(byLabel, notes);
  const alive = logs.filter(({ ended }) => ended !== true);
  const due = submitted.filter(({ sender }) => senders[sender] === 'correct').map(label);
  const totality = judgePresence(byLabel.keys(), byLabel, alive, notes);
  const validity = judgePresence(due, byLabel, alive, notes);
  return { agreement, totality, validity, integrity, notes: [...new Set(notes)] };
}

/** A short name for all that one member delivered of one sender: SHA-256 over lengths and bytes, in order. */
export function sequenceDigest(log: MemberLog, sender: number): string {
  const hash = createHash('sha256');
  let count = 0;
  for (const message of log.delivered) {
    if (message.sender !== sender) continue;
    count += 1;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.payload.length);
    hash.update(length).update(message.payload);
  }
  return count === 0 ? '-' : hash.digest('hex').slice(0, 8);
}

function judgeAgreement(byLabel: ReadonlyMap<string, ReadonlyMap<string, string>>, notes: string[]): Finding {
  let finding: Finding = 'holds';
  for (const [label, digests] of byLabel) {
    if (new Set(digests.values()).size <= 1) continue;
    finding = 'violated';
    const each = Array.from(digests, ([name, digest]) => `${name} has ${digest.slice(0, 8)}`);
    notes.push(`${label}: ${each.join(', ')}`);
  }
  return finding;
}

/** In a finite run a missing message is not yet a violation: it may still come. */
function judgePresence(
  labels: Iterable<string>,
  byLabel: ReadonlyMap<string, ReadonlyMap<string, string>>,
  logs: readonly MemberLog[],
  notes: string[],
): Finding {
  let finding: Finding = 'holds';
  for (const label of labels) {
    const missing = logs.filter(({ name }) => byLabel.get(label)?.has(name) !== true);
    if (missing.length === 0) continue;
    finding = 'undecided';
    notes.push(`${label} is missing at ${missing.map(({ name }) => name).join(', ')}`);
  }
  return finding;
}

function digestOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('hex');
}
