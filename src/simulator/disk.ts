import { assert } from '../base/index.ts';
import type { InstanceMessage } from '../codec/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { MemberEffect, MemberMemory, Statement } from '../member/index.ts';
import { hexOf } from './digest-hex.ts';

/** The durable effects of a member. */
export type Durable = Extract<MemberEffect, { readonly kind: 'keep' | 'said' | 'deliver' | 'skip' }>;
/** Whether an effect is to be made durable. */
export function isDurable(effect: MemberEffect): effect is Durable {
  const { kind } = effect;
  return kind === 'said' || kind === 'keep' || kind === 'deliver' || kind === 'skip';
}

/** What a member delivered. */
export type Delivered = Extract<MemberEffect, { readonly kind: 'deliver' }>;

/** What is kept of one sender. */
interface History {
  /** The instance that stands first in `kept`. */
  first: number;
  kept: Delivered[];
  nextSeq: number;
  /** What its ENDs named. */
  ends: Uint8Array[];
}

/** What was said in one instance, in the order in which it was said. */
interface Said {
  readonly statements: Statement[];
  initial: Digest | undefined;
  echo: Digest | undefined;
  ready: Digest | undefined;
}

/**
 * What survives a crash of a simulated member: the same facts that the node's log holds, without bytes and files.
 * Also the proof that a member says nothing twice differently: `write` asserts it.
 */
export class SimulatedDisk {
  readonly #committee: Committee;
  readonly #self: NodeId;
  readonly #kept = new Map<string, Uint8Array>();
  /** By sender and instance. A sender that nothing was said of has no map. */
  readonly #said: (Map<number, Said> | undefined)[];
  readonly #delivered: History[];
  /** How many delivered instances of each sender are kept, and those that others may still need. */
  readonly #keeps: number;
  readonly #settled: (sender: NodeId) => number;
  #own = { nextInstance: 1, nextSeq: 1 };
  /** In the order of delivery here. */
  readonly log: Delivered[] = [];

  /** `settled`: the instance of a sender below which nothing has to be kept any more. */
  constructor(
    committee: Committee,
    self: NodeId,
    keeps = Number.POSITIVE_INFINITY,
    settled: (sender: NodeId) => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#keeps = keeps;
    this.#settled = settled;
    this.#committee = committee;
    this.#self = self;
    this.#said = committee.ids.map(() => undefined);
    this.#delivered = committee.ids.map(() => ({ first: 1, kept: [], nextSeq: 1, ends: [] }));
  }

  /** Makes one effect durable. Throws if the member says something other than it said before: our own bug. */
  write(effect: Durable): void {
    if (effect.kind === 'keep') this.#kept.set(hexOf(effect.digest), effect.payload);
    else if (effect.kind === 'said') this.#writeSaid(effect);
    else if (effect.kind === 'skip') this.#skip(effect);
    else this.#writeDelivered(effect);
  }

  #writeDelivered(effect: Delivered): void {
    const { sender, instance, firstSeq, count } = effect;
    const history = this.#history(sender);
    assert(history.first + history.kept.length === instance, 'deliveries come in order');
    history.kept.push(effect);
    history.nextSeq = firstSeq + count;
    if (effect.ended !== undefined) history.ends.push(effect.ended);
    this.log.push(effect);
    if (history.kept.length <= this.#keeps) return;
    const settled = this.#settled(sender);
    while (history.kept.length > this.#keeps && history.first < settled) {
      history.kept.shift();
      history.first += 1;
    }
  }

  #skip({ sender, instance, nextSeq }: Extract<Durable, { readonly kind: 'skip' }>): void {
    const history = this.#history(sender);
    assert(instance > history.first + history.kept.length, 'a skip goes forward');
    history.first = instance;
    history.kept = [];
    history.nextSeq = nextSeq;
    const said = this.#said[sender];
    for (const open of said?.keys() ?? []) if (open < instance) said?.delete(open);
  }

  #history(sender: NodeId): History {
    const history = this.#delivered[sender];
    assert(history !== undefined, 'a sender is a member');
    return history;
  }

  /** The lowest delivered instance of this sender that is kept. */
  firstInstance(sender: NodeId): number {
    return this.#history(sender).first;
  }

  /** How many messages of this sender came before `instance`; undefined where that is not known any more, or yet. */
  messagesBefore(sender: NodeId, instance: number): number | undefined {
    const { first, kept, nextSeq } = this.#history(sender);
    if (instance === first + kept.length) return nextSeq - 1;
    const entry = kept[instance - first];
    return entry && entry.firstSeq - 1;
  }

  /** Whether nothing was ever written. */
  get empty(): boolean {
    return this.log.length === 0 && this.#kept.size === 0;
  }

  /** What is held under this digest. */
  kept(digest: Digest): Uint8Array | undefined {
    return this.#kept.get(hexOf(digest));
  }

  /** A delivered instance, with this member's own ECHO in it if it said one. */
  entry(sender: NodeId, instance: number): { delivered: Delivered; echo: Digest | undefined } | undefined {
    const { first, kept } = this.#history(sender);
    const delivered = kept[instance - first];
    return delivered && { delivered, echo: this.#said[sender]?.get(instance)?.echo };
  }

  /** What a restarted member begins with. */
  memory(): MemberMemory {
    const streams = this.#delivered.map(({ first, kept, nextSeq, ends }) => ({
      base: first + kept.length,
      nextSeq,
      ends: ends.length === 0 ? undefined : [...ends],
    }));
    const open: { sender: NodeId; instance: number; said: InstanceMessage[] }[] = [];
    for (const sender of this.#committee.ids) {
      const base = streams[sender]?.base ?? 1;
      for (const [instance, said] of this.#said[sender] ?? []) {
        if (instance >= base) open.push({ sender, instance, said: this.#messages(said) });
      }
    }
    return { streams, own: this.#own, open };
  }

  /** In the order in which they were said, as the node's store hands them out. */
  #messages(said: Said): InstanceMessage[] {
    const messages: InstanceMessage[] = [];
    for (const statement of said.statements) {
      const digest = digestIn(said, statement);
      if (digest === undefined) continue;
      if (statement !== 'ready' && !(statement === 'echo' && said.initial !== undefined)) {
        const payload = this.#kept.get(hexOf(digest));
        if (payload !== undefined)
          messages.push({ kind: statement === 'initial' ? 'initial' : 'payload', payload });
      }
      if (statement !== 'initial') messages.push({ kind: statement, digest });
    }
    return messages;
  }

  #writeSaid(effect: Extract<Durable, { readonly kind: 'said' }>): void {
    const { sender, instance, statement, digest } = effect;
    const instances = this.#said[sender] ?? new Map<number, Said>();
    this.#said[sender] = instances;
    const said = instances.get(instance);
    if (said === undefined) instances.set(instance, newlySaid(statement, digest));
    else {
      if (digestIn(said, statement) !== undefined)
        assert(false, `${statement} is said once in ${sender}:${instance}`);
      add(said, statement, digest);
    }
    if (statement === 'initial' && sender === this.#self) {
      this.#own = { nextInstance: instance + 1, nextSeq: effect.firstSeq + effect.count };
    }
  }
}

function newlySaid(statement: Statement, digest: Digest): Said {
  const said = { statements: [], initial: undefined, echo: undefined, ready: undefined };
  add(said, statement, digest);
  return said;
}

// By name: a key that is computed costs several times as much, and every statement of a run comes here.
function digestIn(said: Said, statement: Statement): Digest | undefined {
  if (statement === 'echo') return said.echo;
  return statement === 'ready' ? said.ready : said.initial;
}

function add(said: Said, statement: Statement, digest: Digest): void {
  said.statements.push(statement);
  if (statement === 'echo') said.echo = digest;
  else if (statement === 'ready') said.ready = digest;
  else said.initial = digest;
}
