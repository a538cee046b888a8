import type { NodeId } from '../committee/index.ts';
import type { MemberEffect } from '../member/index.ts';
import type { FaultCode } from '../protocol/index.ts';
import type { Evidence } from './api.ts';

interface Entry {
  readonly peer: NodeId;
  readonly code: FaultCode;
  readonly about: Evidence['about'];
  readonly first: string;
  last: string;
  count: number;
}

/** What this node saw others do wrong, by peer and kind: at most one entry each, however often it happens. */
export class EvidenceBook {
  readonly #entries = new Map<string, Entry>();
  readonly #nameOf: (id: NodeId) => string;

  constructor(nameOf: (id: NodeId) => string) {
    this.#nameOf = nameOf;
  }

  /** Times any fault was seen. */
  get total(): number {
    let total = 0;
    for (const { count } of this.#entries.values()) total += count;
    return total;
  }

  /** Notes one fault. Returns the entry the first time its kind is seen of that peer. */
  note(fault: Extract<MemberEffect, { readonly kind: 'fault' }>): Evidence | undefined {
    const key = `${fault.accused} ${fault.code}`;
    // Wall-clock time, for people.
    const now = new Date().toISOString();
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.last = now;
      return undefined;
    }
    const { accused: peer, code, about } = fault;
    const entry: Entry = { peer, code, about, first: now, last: now, count: 1 };
    this.#entries.set(key, entry);
    return this.#view(entry);
  }

  /** All of it, in the order of first sight. */
  list(): readonly Evidence[] {
    return Array.from(this.#entries.values(), (entry) => this.#view(entry));
  }

  #view(entry: Entry): Evidence {
    return { ...entry, name: this.#nameOf(entry.peer) };
  }
}
