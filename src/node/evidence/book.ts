import type { NodeId } from '../../committee/index.ts';
import type { PayloadHasher } from '../../crypto/index.ts';
import { equivocationProof, type MemberEffect } from '../../member/index.ts';
import type { FaultCode } from '../../protocol/index.ts';
import type { Evidence } from '../api.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import { checkProof, memberVerify, type ProofDocument, proofDocument } from './document.ts';
import type { ProofFolder } from './folder.ts';

/** Proofs kept of one member: one is enough to convict it, and each costs a file. */
const PROOFS_PER_MEMBER = 8;
/** Pairs of signatures looked at of one member: who signs badly is not to cost more than that. */
const ATTEMPTS_PER_MEMBER = 64;

interface Entry {
  readonly peer: NodeId;
  readonly code: FaultCode;
  readonly about: Evidence['about'];
  /** Milliseconds since 1970, for people. */
  readonly firstMs: number;
  lastMs: number;
  count: number;
  readonly proofs: ProofDocument[];
}

/** What an evidence book belongs to. */
export interface EvidenceBookOptions {
  readonly cluster: ClusterDefinition;
  readonly hasher: PayloadHasher;
  /** Whose book it is: its name. */
  readonly by: string;
  /** Where proofs outlive the process; undefined: nowhere. */
  readonly folder: ProofFolder | undefined;
  /** Told of proofs that cannot be written or read. */
  readonly onTrouble: (message: string, cause: unknown) => void;
}

/**
 * What this node saw others do wrong, by peer and kind: at most one entry each, however often it happens. Suspicion,
 * but for the proofs in it.
 */
export class EvidenceBook {
  /** By member, and by kind. */
  readonly #entries: readonly Map<FaultCode, Entry>[];
  readonly #attempts: number[];
  readonly #options: EvidenceBookOptions;
  readonly #verify: ReturnType<typeof memberVerify>;

  constructor(options: EvidenceBookOptions) {
    const { cluster, folder, onTrouble } = options;
    this.#options = options;
    this.#verify = memberVerify(cluster);
    this.#attempts = cluster.members.map(() => 0);
    this.#entries = cluster.members.map(() => new Map());
    const onBad = (path: string, cause: unknown): void => onTrouble(`${path} is no evidence`, cause);
    for (const document of folder?.read(onBad) ?? []) {
      const { proven, complaint } = checkProof(document, cluster);
      if (proven) this.#recall(document);
      else onTrouble(`evidence about ${document.accused.name} proves nothing: ${complaint}`, undefined);
    }
  }

  /** Times any fault was seen. */
  get total(): number {
    let total = 0;
    for (const entry of this.#all()) total += entry.count;
    return total;
  }

  /** Notes one fault, cheaply: liars make many. Returns the entry the first time its kind is seen of that peer. */
  note(fault: Extract<MemberEffect, { readonly kind: 'fault' }>): Evidence | undefined {
    const { accused: peer, code, about } = fault;
    const nowMs = Date.now();
    const known = this.#entries[peer]?.get(code);
    if (known !== undefined) {
      known.count += 1;
      known.lastMs = nowMs;
      this.#prove(known, fault);
      return undefined;
    }
    const entry: Entry = { peer, code, about, firstMs: nowMs, lastMs: nowMs, count: 1, proofs: [] };
    this.#entries[peer]?.set(code, entry);
    this.#prove(entry, fault);
    return this.#view(entry);
  }

  /** All of it, in the order of first sight. */
  list(): readonly Evidence[] {
    return this.#all()
      .sort((a, b) => a.firstMs - b.firstMs)
      .map((entry) => this.#view(entry));
  }

  #all(): Entry[] {
    return this.#entries.flatMap((ofPeer) => [...ofPeer.values()]);
  }

  #prove({ proofs, lastMs }: Entry, fault: Extract<MemberEffect, { readonly kind: 'fault' }>): void {
    const { accused, about, payloads } = fault;
    if (about === undefined || payloads === undefined || about.sender !== accused) return;
    const attempts = this.#attempts[accused] ?? 0;
    if (proofs.length >= PROOFS_PER_MEMBER || attempts >= ATTEMPTS_PER_MEMBER) return;
    if (proofs.some(({ instance }) => instance === about.instance)) return;
    this.#attempts[accused] = attempts + 1;
    const { cluster, hasher, by, folder, onTrouble } = this.#options;
    const proof = equivocationProof(hasher, this.#verify, about, payloads);
    if (proof === undefined) return;
    const document = proofDocument(proof, cluster, { by, seen: isoTime(lastMs) });
    proofs.push(document);
    try {
      folder?.write(document);
    } catch (cause) {
      onTrouble('a proof of equivocation cannot be written to the data directory', cause);
    }
  }

  /** A proof of an earlier life. */
  #recall(document: ProofDocument): void {
    const { accused, instance, seen } = document;
    const peer = this.#options.cluster.committee.node(accused.member);
    if (peer === undefined) return;
    const code = 'equivocation';
    const known = this.#entries[peer]?.get(code);
    if (known === undefined) {
      const about = { sender: peer, instance };
      const atMs = Date.parse(seen);
      const proofs = [document];
      this.#entries[peer]?.set(code, { peer, code, about, firstMs: atMs, lastMs: atMs, count: 1, proofs });
    } else if (known.proofs.length < PROOFS_PER_MEMBER) {
      known.proofs.push(document);
      known.count += 1;
    }
  }

  #view(entry: Entry): Evidence {
    const { cluster } = this.#options;
    const { peer, code, about, count, firstMs, lastMs, proofs } = entry;
    const name = cluster.member(peer).name;
    const [first, last] = [isoTime(firstMs), isoTime(lastMs)];
    return { peer, name, code, about, count, first, last, proofs: [...proofs] };
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
