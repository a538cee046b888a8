import type { MemberMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';

/** How long a question waits at most for what may make it needless: half a second. */
const PATIENCE_TICKS = 10;

/** A question for the payload of an instance. */
type AboutInstance = Extract<MemberMessage, { readonly kind: 'instance' }>;

interface Held {
  readonly to: NodeId;
  readonly message: AboutInstance;
  ticks: number;
}

/**
 * Questions for payloads that seem to be on their way. Votes overtake a long payload: a member often hears that one is
 * decided while its sender is still sending it, and what others would answer would be the same bytes once more. To the
 * protocol a question that leaves later is one on a slow link, and a sender that makes a member wait for
 * nothing holds up its own messages alone.
 */
export class PatientPulls {
  readonly #isComing: (sender: NodeId) => boolean;
  readonly #send: (to: NodeId, message: MemberMessage) => void;
  /** By sender and instance; of each only the first question. */
  readonly #held = new Map<string, Held>();

  /** `isComing`: whether something long is arriving from this member. */
  constructor(isComing: (sender: NodeId) => boolean, send: (to: NodeId, message: MemberMessage) => void) {
    this.#isComing = isComing;
    this.#send = send;
  }

  /**
   * Whether the message is such a question: then it leaves later, if it has to. Who is asked further on while it waits is
   * not asked at all, and will be in the next round.
   */
  holds(to: NodeId, message: MemberMessage): boolean {
    if (message.kind !== 'instance' || message.body.kind !== 'pull') return false;
    const key = keyOf(message.sender, message.instance);
    if (this.#held.has(key)) return true;
    if (!this.#isComing(message.sender)) return false;
    this.#held.set(key, { to, message, ticks: 0 });
    return true;
  }

  /** It is here: nobody has to be asked. */
  delivered(sender: NodeId, instance: number): void {
    if (this.#held.size > 0) this.#held.delete(keyOf(sender, instance));
  }

  /** Time has passed: sends what has waited long enough, and what nothing is coming for any more. */
  tick(): void {
    for (const [key, held] of this.#held) {
      held.ticks += 1;
      if (held.ticks < PATIENCE_TICKS && this.#isComing(held.message.sender)) continue;
      this.#held.delete(key);
      this.#send(held.to, held.message);
    }
  }

  /** The link to `peer` is gone, and with it what it was to be asked. */
  forget(peer: NodeId): void {
    for (const [key, { to }] of this.#held) if (to === peer) this.#held.delete(key);
  }

  clear(): void {
    this.#held.clear();
  }
}

function keyOf(sender: NodeId, instance: number): string {
  return `${sender}:${instance}`;
}
