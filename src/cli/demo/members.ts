import { QuorumcastError } from '../../node/index.ts';
import type { AdversaryName } from '../../simulator/index.ts';
import { Child } from './child.ts';
import type { MemberReport, MemberSetup, Order, Telling } from './protocol.ts';

/** Something a member did or saw, worth showing. */
export type Seen =
  | {
      readonly kind: 'lie';
      readonly member: string;
      readonly text: string;
      readonly instance: string | undefined;
    }
  | {
      readonly kind: 'evidence';
      readonly member: string;
      readonly peer: string;
      readonly code: string;
      readonly about: string | undefined;
      /** Whether it can be proven to anybody. */
      readonly proven: boolean;
    };

/** A member's process, from the side of the demo. */
export class MemberHandle {
  readonly id: number;
  readonly name: string;
  readonly adversary: AdversaryName | undefined;
  readonly dataDir: string;
  readonly #child: Child<Order, Telling>;

  constructor(id: number, name: string, setup: MemberSetup, onSeen: (seen: Seen) => void) {
    this.id = id;
    this.name = name;
    this.adversary = setup.adversary;
    this.dataDir = setup.dataDir;
    const onTelling = (telling: Telling): void => {
      if (telling.kind === 'lie' || telling.kind === 'evidence') onSeen({ ...telling, member: name });
    };
    const more = '; with --keep DIR the logs of all members stay for a look';
    this.#child = new Child(name, 'cli/demo/member-process.js', onTelling, more);
    this.#child.order({ kind: 'start', setup });
  }

  get ready(): Promise<void> {
    return this.#child.ready;
  }

  /** Why it is of no use any more; undefined while it is. */
  get failure(): QuorumcastError | undefined {
    return this.#child.failure;
  }

  /** Broadcasts a message; resolves with its number once it is durable there. */
  async broadcast(payload: Uint8Array): Promise<number> {
    const base64 = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64');
    const telling = await this.#child.ask((id) => ({ kind: 'broadcast', id, base64 }));
    return telling.kind === 'accepted' ? telling.seq : 0;
  }

  async report(): Promise<MemberReport> {
    const telling = await this.#child.ask((id) => ({ kind: 'report', id }));
    if (telling.kind !== 'report') throw new QuorumcastError('ERR_INTERNAL', 'a report was asked for');
    return telling.report;
  }

  /** Ends the process, by force if it does not by itself. */
  async stop(): Promise<void> {
    await this.#child.stop({ kind: 'stop' });
  }
}
