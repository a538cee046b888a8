import { type Bit, Prng, toHex } from '../../src/base/index.ts';
import {
  type AgreementForm,
  decodeAgreementFrame,
  encodeAgreementFrames,
  FRAME_HEADER_BYTES,
} from '../../src/codec/index.ts';
import { Committee, faultyMax, type NodeId } from '../../src/committee/index.ts';
import { asDigest, type Digest, portableSha256 } from '../../src/crypto/index.ts';
import {
  type AgreementEffect,
  type AgreementParticipant,
  Agreements,
  type AgreementsOptions,
  aboutBytes,
  keyOf,
  type Subject,
  type TopicDecision,
  type TopicValue,
} from '../../src/member/index.ts';
import { AGREEMENT_LIARS, type AgreementLiarName } from '../../src/simulator/index.ts';
import { PredictableCoin } from '../../src/testing/index.ts';

export const bit = (prng: Prng): Bit => (prng.below(2) === 0 ? 0 : 1);

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly topic: string;
  readonly form: AgreementForm;
  readonly body: Uint8Array;
}

/** What a member has on disk, by agreement. */
interface Disk {
  readonly stated: Map<string, Subject & { readonly stated: Uint8Array[] }>;
  readonly settled: Map<string, Subject & { readonly decision: TopicDecision }>;
}

/** What a member is made of beside its place in a committee. */
export const SURROUNDINGS = { sha256: portableSha256, cluster: clusterDigest(), epoch: 7 };

function clusterDigest(): Digest {
  const digest = asDigest(new Uint8Array(32).fill(3));
  if (digest === undefined) throw new Error('32 bytes are a digest');
  return digest;
}

/** A value as text, to be compared. */
export const shown = (value: TopicValue | undefined): string =>
  value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : toHex(value);

/** Members with links that break and lose what is under way, and disks that survive. */
export class Cluster {
  readonly committee: Committee;
  readonly prng: Prng;
  readonly members: (Agreements | undefined)[];
  /** Who answers in the place of each: itself, or a liar. */
  readonly #acting: (AgreementParticipant | undefined)[] = [];
  readonly #liars: ReadonlyMap<number, AgreementLiarName>;
  readonly disks: Disk[];
  readonly decided: Map<string, string>[];
  readonly faults: string[] = [];
  readonly contradictions: string[] = [];
  readonly form: AgreementForm;
  readonly #seed: number;
  readonly #options: Partial<AgreementsOptions>;
  #letters: Letter[] = [];
  readonly #cut = new Set<string>();

  constructor(
    n: number,
    seed: number,
    form: AgreementForm,
    options: Partial<AgreementsOptions> = {},
    liars: ReadonlyMap<number, AgreementLiarName> = new Map(),
  ) {
    this.#liars = liars;
    this.form = form;
    this.#seed = seed;
    this.committee = new Committee(n, faultyMax(n));
    this.prng = new Prng(seed);
    this.#options = options;
    this.disks = this.committee.ids.map(() => ({ stated: new Map(), settled: new Map() }));
    this.decided = this.committee.ids.map(() => new Map());
    this.members = this.committee.ids.map(() => undefined);
    for (const id of this.committee.ids) this.start(id);
  }

  member(id: number): Agreements {
    const member = this.members[id];
    if (member === undefined) throw new Error(`p${id} is not running`);
    return member;
  }

  acting(id: number): AgreementParticipant {
    const acting = this.#acting[id];
    if (acting === undefined) throw new Error(`p${id} is not running`);
    return acting;
  }

  start(id: NodeId): void {
    const toss = (): Bit => bit(this.prng);
    const { committee, form } = this;
    const about = { committee, self: id, toss, ...SURROUNDINGS, ...this.#options };
    const isCommon = form === 'common-bit' || form === 'common-value';
    const coin = new PredictableCoin({ committee, self: id, seed: this.#seed });
    const member = new Agreements(isCommon ? { ...about, coin } : about);
    this.members[id] = member;
    const liar = this.#liars.get(id);
    this.#acting[id] = liar === undefined ? member : AGREEMENT_LIARS[liar].make(member);
    const disk = this.disks[id];
    const open = [...(disk?.stated.values() ?? [])];
    const settled = [...(disk?.settled.values() ?? [])];
    this.carry(id, this.acting(id).restore({ open, settled }));
    for (const peer of this.committee.ids) if (peer !== id) this.join(id, peer);
  }

  /** Gone, with everything that was under way to and from it. */
  kill(id: NodeId): void {
    this.members[id] = undefined;
    this.#acting[id] = undefined;
    for (const peer of this.committee.ids) if (peer !== id) this.part(id, peer);
  }

  part(a: NodeId, b: NodeId): void {
    this.#letters = this.#letters.filter(
      ({ from, to }) => !(from === a && to === b) && !(from === b && to === a),
    );
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      this.#acting[one]?.linkDown(other);
  }

  join(a: NodeId, b: NodeId): void {
    if (this.members[a] === undefined || this.members[b] === undefined) return;
    if (this.#cut.has(`${a}-${b}`) || this.#cut.has(`${b}-${a}`)) return;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      this.carry(one, this.acting(one).linkUp(other));
  }

  /** A bit, or a byte that says one of three things. */
  draw(): TopicValue {
    const isBit = this.form === 'bit' || this.form === 'common-bit';
    return isBit ? bit(this.prng) : Uint8Array.of(this.prng.below(3));
  }

  /** What this member knows to be decided in a topic, as text. */
  decision(id: number, topic: string): string {
    return shown(this.member(id).decision({ topic, form: this.form })?.value);
  }

  /** What it proposed there. */
  proposal(id: number, topic: string): TopicValue | undefined {
    return this.member(id).inspect({ topic, form: this.form })?.proposal;
  }

  propose(id: NodeId, topic: string, value: TopicValue): void {
    this.carry(id, this.acting(id).propose(topic, value));
  }

  inject(from: NodeId, to: NodeId, topic: string, body: Uint8Array): void {
    this.#letters.push({ from, to, topic, form: this.form, body });
  }

  /** `most` deliveries in random order. False once nothing is under way. */
  run(most = 100_000): boolean {
    for (let i = 0; i < most; i += 1) {
      const letters = this.#letters;
      const at = this.prng.below(Math.max(1, letters.length));
      const [letter, last] = [letters[at], letters.pop()];
      if (letter === undefined || last === undefined) return false;
      if (letter !== last) letters[at] = last;
      const { from, to, topic, form, body } = letter;
      const frame = encodeAgreementFrames(7, [{ topic, form, body }]);
      const decoded = decodeAgreementFrame(frame.subarray(FRAME_HEADER_BYTES), 7);
      if (!decoded.ok) throw new Error(decoded.error);
      for (const word of decoded.value) this.carry(to, this.#acting[to]?.handle(from, word) ?? []);
    }
    return true;
  }

  /** Until nothing new comes, time passing. */
  settle(): void {
    for (let round = 0; round < 12; round += 1) {
      this.run();
      for (let tick = 0; tick < 45; tick += 1)
        for (const id of this.committee.ids) this.carry(id, this.#acting[id]?.tick() ?? []);
    }
    this.run();
  }

  carry(self: NodeId, effects: readonly AgreementEffect[]): void {
    for (const effect of effects) {
      const disk = this.disks[self];
      if (disk === undefined) throw new Error('a disk for every member');
      if (effect.kind === 'stated') {
        const { topic, form, statement } = effect;
        const { stated } = disk.stated.get(keyOf(effect)) ?? { stated: [] };
        const about = (bytes: Uint8Array): string => toHex(bytes.subarray(0, aboutBytes(form, bytes)));
        // The same again changes nothing: a log writes it down once.
        const known = stated.find((earlier) => about(earlier) === about(statement));
        if (known === undefined)
          disk.stated.set(keyOf(effect), { topic, form, stated: [...stated, statement] });
        else if (toHex(known) !== toHex(statement))
          this.contradictions.push(`p${self} in ${topic}: ${toHex(statement)} after ${toHex(known)}`);
      } else if (effect.kind === 'settled') {
        const { topic, form, decision } = effect;
        disk.stated.delete(keyOf(effect));
        disk.settled.set(keyOf(effect), { topic, form, decision });
      } else if (effect.kind === 'decided')
        this.decided[self]?.set(effect.topic, shown(effect.decision.value));
      else if (effect.kind === 'fault')
        this.faults.push(`p${self} accuses p${effect.accused}: ${effect.code}`);
      else this.#letters.push({ ...effect, from: self });
    }
  }
}
