import { bytesEqual } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { kindField } from './describe.ts';
import type { TrialSubject } from './subject.ts';

/** What came out of the bytes of a message: one object for all that it goes to. */
export interface Carried<Message> {
  readonly message: Message;
  readonly kind: string;
}

/** A message on its way. */
export interface TrialLetter<Message> {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly carried: Carried<Message>;
  readonly kind: string;
  readonly order: number;
  readonly id: string;
}

type Codec<Message> = Pick<TrialSubject<unknown, Message, unknown>, 'encode' | 'decode' | 'kindOf'>;

/**
 * The codec between the members of a trial. A message that goes to several of them one after another is one object: it
 * passes through its bytes once.
 */
export class Carrier<Message> {
  readonly #codec: Codec<Message>;
  readonly #committee: Committee;
  #last: Message | undefined;
  #lastCarried: Carried<Message> | undefined;

  constructor(codec: Codec<Message>, committee: Committee) {
    this.#codec = codec;
    this.#committee = committee;
  }

  /** Through its bytes and back; undefined if another message comes out, or none. */
  of(message: Message): Carried<Message> | undefined {
    if (message === this.#last) return this.#lastCarried;
    const { encode, decode } = this.#codec;
    const bytes = encode(message);
    const decoded = decode(bytes, this.#committee);
    const survives = decoded !== undefined && bytesEqual(encode(decoded), bytes);
    this.#last = message;
    this.#lastCarried = survives ? this.#carried(decoded) : undefined;
    return this.#lastCarried;
  }

  /** What is in these bytes; undefined if nothing is. */
  ofBytes(bytes: Uint8Array): Carried<Message> | undefined {
    const message = this.#codec.decode(bytes, this.#committee);
    return message === undefined ? undefined : this.#carried(message);
  }

  #carried(message: Message): Carried<Message> {
    return { message, kind: this.#codec.kindOf?.(message) ?? kindField(message) };
  }
}
