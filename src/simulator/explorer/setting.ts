import type { Rules } from '../../broadcast/index.ts';
import type { InstanceMessage } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../../crypto/index.ts';

/** What a message in an exploration may be: the kinds that carry a value, PULL being part of the step `payload`. */
export const KINDS = ['initial', 'echo', 'ready', 'done', 'payload'] as const;

/** One of `KINDS`. */
export type Kind = (typeof KINDS)[number];

/** A message of one member to whoever takes it. `value`: a number below `values`, or `REFUSED`. */
export interface Letter {
  readonly from: NodeId;
  readonly kind: Kind;
  readonly value: number;
}

/** In an INITIAL: a payload that no correct member vouches for. */
export const REFUSED = -1;

/** Who takes part in an exploration and what may be said in it. */
export interface Setting {
  readonly committee: Committee;
  readonly rules: Rules;
  readonly sender: NodeId;
  readonly correct: readonly NodeId[];
  readonly faulty: readonly NodeId[];
  /** How many payloads there are; a correct sender broadcasts the first. */
  readonly values: number;
  /** Every message that can reach anybody. */
  readonly letters: readonly Letter[];
  readonly digests: readonly Digest[];
}

/** `faulty`: how many of the last members are; the sender is the last member or the first. */
export function settingOf(
  committee: Committee,
  rules: Rules,
  sender: 'correct' | 'faulty',
  faulty: number,
  values: number,
): Setting {
  const { ids, n } = committee;
  const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
  const shared = {
    committee,
    rules,
    sender: committee.member(sender === 'faulty' ? n - 1 : 0),
    correct: ids.slice(0, n - faulty),
    faulty: ids.slice(n - faulty),
    values,
    digests: Array.from({ length: values }, (_, value) => hasher.digest(0, 1, payloadOf(value))),
  };
  return { ...shared, letters: lettersOf(shared) };
}

/** A correct sender says one INITIAL; whoever lies may say any, the sender or not. */
function lettersOf(setting: Omit<Setting, 'letters'>): Letter[] {
  const { committee, faulty, sender, values } = setting;
  const each = Array.from({ length: values }, (_, value) => value);
  return committee.ids.flatMap((from) =>
    KINDS.flatMap((kind) => {
      if (kind !== 'initial') return each.map((value) => ({ from, kind, value }));
      if (faulty.includes(from)) return [...each, REFUSED].map((value) => ({ from, kind, value }));
      return from === sender ? [{ from, kind, value: 0 }] : [];
    }),
  );
}

/** The bytes of a value: one byte. */
export function payloadOf(value: number): Uint8Array {
  return Uint8Array.of(value === REFUSED ? 255 : value);
}

/** The message that a letter stands for. */
export function messageOf({ kind, value }: Letter, digests: readonly Digest[]): InstanceMessage {
  if (kind === 'initial' || kind === 'payload') return { kind, payload: payloadOf(value) };
  const digest = digests[value];
  if (digest === undefined) throw new RangeError(`no value ${value}`);
  return { kind, digest };
}
