import { bytesEqual } from '../../base/index.ts';
import type { InstanceMessage } from '../../codec/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Statement } from '../../member/index.ts';
import { copied } from './checked.ts';

/** What this member said in an undelivered instance, in the order it was said. Digests are copies. */
export class Open implements Iterable<readonly [Statement, Digest]> {
  #initial: Digest | undefined;
  #echo: Digest | undefined;
  #ready: Digest | undefined;
  /** The statements in their order, two bits each, the first one lowest. */
  #order = 0;
  #size = 0;
  #row = -1;
  #rowsWritten = -1;

  /** `said`: in its order. */
  static of(said: Iterable<readonly [Statement, Digest]>): Open {
    const open = new Open();
    for (const [statement, digest] of said) open.add(statement, digest);
    return open;
  }

  get(statement: Statement): Digest | undefined {
    if (statement === 'initial') return this.#initial;
    return statement === 'echo' ? this.#echo : this.#ready;
  }

  /** What this member vouched for: what it echoed, else what it said first. */
  get vouched(): Digest | undefined {
    return this.#echo ?? this.#initial;
  }

  /** The payload of what was vouched for has this row, as long as the table of payloads says `written` of its rows. */
  found(row: number, written: number): void {
    this.#row = row;
    this.#rowsWritten = written;
  }

  /** Its row, while the table says `written`; else -1. */
  row(written: number): number {
    return this.#rowsWritten === written ? this.#row : -1;
  }

  /** What was not said yet. Copies the digest, unless it was named before. */
  add(statement: Statement, digest: Digest): void {
    const kept = this.#known(digest) ?? copied(digest);
    if (statement === 'initial') this.#initial = kept;
    else if (statement === 'echo') this.#echo = kept;
    else this.#ready = kept;
    this.#order |= STATEMENTS.indexOf(statement) << (2 * this.#size);
    this.#size += 1;
  }

  *[Symbol.iterator](): Iterator<readonly [Statement, Digest]> {
    for (let i = 0; i < this.#size; i += 1) {
      const statement = STATEMENTS[(this.#order >> (2 * i)) & 3];
      const digest = statement && this.get(statement);
      if (statement !== undefined && digest !== undefined) yield [statement, digest];
    }
  }

  /** The digests that were named, but this one: mostly none. */
  others(digest: Digest): readonly Digest[] {
    if (!differs(this.#initial, digest) && !differs(this.#echo, digest) && !differs(this.#ready, digest))
      return NONE;
    return Array.from(this, ([, named]) => named).filter((named) => differs(named, digest));
  }

  #known(digest: Digest): Digest | undefined {
    if (this.#initial !== undefined && bytesEqual(this.#initial, digest)) return this.#initial;
    if (this.#echo !== undefined && bytesEqual(this.#echo, digest)) return this.#echo;
    return undefined;
  }
}

function differs(named: Digest | undefined, digest: Digest): boolean {
  return named !== undefined && !bytesEqual(named, digest);
}

const NONE: readonly Digest[] = [];
const STATEMENTS: readonly Statement[] = ['initial', 'echo', 'ready'];

/** The messages that bring a member's instance back to where it was. */
export function repeated(said: Open, payload: (digest: Digest) => Uint8Array): InstanceMessage[] {
  const messages: InstanceMessage[] = [];
  let initiated: Digest | undefined;
  for (const [kind, digest] of said) {
    if (kind === 'initial') {
      initiated = digest;
      messages.push({ kind, payload: payload(digest) });
      continue;
    }
    const held = initiated !== undefined && bytesEqual(initiated, digest);
    if (kind === 'echo' && !held) messages.push({ kind: 'payload', payload: payload(digest) });
    messages.push({ kind, digest });
  }
  return messages;
}
