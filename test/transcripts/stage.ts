import { type BroadcastForm, rulesOf } from '../../src/broadcast/index.ts';
import { type InstanceMessage, type MemberMessage, messagesOf } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, type Limits, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import type { MemberEffect, Participant } from '../../src/member/index.ts';
import { Host, type Turn } from '../../src/simulator/index.ts';
import { Names } from './names.ts';

/** What the first command of a transcript sets up. */
export interface StageOptions {
  readonly n: number;
  readonly f: number;
  readonly form: BroadcastForm;
  readonly faulty: readonly number[];
  /** Whose first instance the transcript is about. */
  readonly sender: number;
  readonly window: number;
  /** Application messages in one instance. */
  readonly batch: number;
  /** Whether members send payloads in shards. */
  readonly coded: boolean;
  /** How many delivered instances of each sender members keep; 0: all. */
  readonly keeps: number;
}

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: MemberMessage;
}

const EPOCH = 1;

/**
 * The correct members of a committee, each with its disk, and every message between them in a queue that the
 * transcript empties. Faulty members exist only in what it injects. All output is text.
 */
export class Stage {
  readonly committee: Committee;
  readonly names: Names;
  readonly #limits: Limits;
  readonly #options: StageOptions;
  readonly #hosts = new Map<NodeId, Host>();
  readonly #links = new Set<string>();
  #queue: Letter[] = [];
  #lines: string[] = [];

  constructor(options: StageOptions) {
    this.#options = options;
    this.committee = new Committee(options.n, options.f);
    const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
    this.names = new Names(hasher, this.committee);
    const limits = { ...LIMITS_DEFAULT, window: options.window, messagesPerInstance: options.batch };
    this.#limits = limits;
    for (const self of this.committee.ids) {
      if (options.faulty.includes(self)) continue;
      const coding = options.coded ? { membersMin: 1, bytesMin: 1 } : {};
      const member = { committee: this.committee, self, form: options.form, limits, hasher, coding };
      const keeps = options.keeps === 0 ? {} : { keeps: options.keeps };
      this.#hosts.set(self, new Host({ epoch: EPOCH, member, ...keeps }));
    }
    for (const a of this.committee.ids) for (const b of this.committee.ids) if (a < b) this.connect(a, b);
    this.stabilize();
    this.#lines = [];
  }

  /** Whose first instance the transcript is about. */
  get home(): number {
    return this.#options.sender;
  }

  /** The correct members. */
  get correct(): readonly NodeId[] {
    return [...this.#hosts.keys()];
  }

  /** What was printed since the last call. */
  take(): string {
    const text = this.#lines.join('\n');
    this.#lines = [];
    return text === '' ? 'ok' : text;
  }

  print(line: string): void {
    this.#lines.push(line);
  }

  /** The thresholds in force. */
  rules(): string {
    const rules = rulesOf(this.committee, this.#options.form);
    const counted = rules.countsSenderEcho ? 'ECHOs' : 'ECHOs of others than the sender';
    const early =
      rules.deliverEarly === undefined ? '' : `, or with the payload at ${rules.deliverEarly} ${counted}`;
    return (
      `READY at ${rules.echo} ${counted} or ${rules.amplify} READYs\n` +
      `deliver at ${rules.deliver} READYs or ${rules.adopt} DONEs${early}`
    );
  }

  propose(id: number, words: readonly string[]): void {
    this.#turn(this.committee.member(id), (member) => {
      for (const word of words) member.submit(this.names.message(word));
      return [];
    });
  }

  /** Hands a message of a faulty member to `to` at once. */
  inject(from: number, to: readonly number[], message: MemberMessage): void {
    const liar = this.committee.member(from);
    for (const id of to) this.#turn(this.committee.member(id), (member) => member.handle(liar, message));
  }

  /** The shard of a member in the code word of `word`. */
  shard(word: string, sender: number, instance: number, of: number): MemberMessage {
    const body = this.names.codeWord(sender, instance, word).shardOf(of);
    return { kind: 'instance', sender: this.committee.member(sender), instance, body };
  }

  message(kind: string, word: string, sender: number, instance: number): MemberMessage {
    const about = { kind: 'history', sender: this.committee.member(sender), instance } as const;
    if (kind === 'horizon' || kind === 'ask') return { ...about, body: { kind } };
    if (kind === 'count') return { ...about, body: { kind, messages: Number(word) } };
    const body = this.#body(kind, word, sender, instance);
    return { kind: 'instance', sender: this.committee.member(sender), instance, body };
  }

  /** Hands over what is under way from one of `from` to one of `to`, in order; `kind` undefined: of any kind. */
  deliver(from: readonly number[], to: readonly number[], kind?: string): number {
    const chosen = this.#select(from, to, kind);
    for (const { from: sender, to: receiver, message } of chosen) {
      this.#turn(receiver, (member) => member.handle(sender, message));
    }
    return chosen.length;
  }

  drop(from: readonly number[], to: readonly number[], kind?: string): number {
    return this.#select(from, to, kind).length;
  }

  /** Hands over everything until nothing is under way. */
  stabilize(): number {
    let handled = 0;
    for (let letter = this.#queue.shift(); letter !== undefined; letter = this.#queue.shift()) {
      const { from, to, message } = letter;
      this.#turn(to, (member) => member.handle(from, message));
      handled += 1;
    }
    return handled;
  }

  tick(times: number): void {
    for (let i = 0; i < times; i += 1)
      for (const id of this.correct) this.#turn(id, (member) => member.tick());
  }

  connect(a: NodeId, b: NodeId): void {
    this.#links.add(`${a}-${b}`).add(`${b}-${a}`);
    for (const [self, peer] of this.#ends(a, b)) {
      this.#turn(self, (member) => member.linkUp(peer));
      if (this.#hosts.has(peer)) continue;
      const bases = this.committee.ids.map(() => 1);
      this.#turn(self, (member) => member.handle(peer, { kind: 'status', bases, resync: false }));
    }
  }

  disconnect(a: NodeId, b: NodeId): void {
    this.#links.delete(`${a}-${b}`);
    this.#links.delete(`${b}-${a}`);
    this.#queue = this.#queue.filter(({ from, to }) => this.#links.has(`${from}-${to}`));
    for (const [self, peer] of this.#ends(a, b)) {
      this.#turn(self, (member) => {
        member.linkDown(peer);
        return [];
      });
    }
  }

  /** Kills a member: what was under way to or from it is lost, its memory too; its disk stays. */
  kill(id: NodeId): void {
    for (const peer of this.committee.ids) if (peer !== id) this.disconnect(id, peer);
    this.#host(id).restart();
  }

  /** What everybody knows of the instance. */
  status(instance: number): void {
    const sender = this.committee.member(this.#options.sender);
    for (const id of this.correct) {
      const { disk, member } = this.#host(id);
      const delivered = disk.entry(sender, instance)?.delivered;
      if (delivered !== undefined) {
        this.print(`${id} delivered ${this.names.wordOfPayload(delivered.payload)}`);
        continue;
      }
      const open = member.open(sender).find((each) => each.instance === instance);
      const values = open?.view.values.map(({ digest, echo, ready, held }) => {
        const word = this.names.wordOfDigest(sender, instance, digest);
        return `${word}${held ? ' held' : ''} echo(${echo.have.join()})/${echo.need} ready(${ready.have.join()})/${ready.need}`;
      });
      const what = open === undefined ? 'knows nothing' : open.view.phase;
      this.print([`${id} ${what}`, ...(values ?? [])].join('; '));
    }
  }

  /** What is under way. */
  queue(): void {
    for (const { from, to, message } of this.#queue) this.print(`${from}->${to} ${this.#tell(message)}`);
  }

  /** `[x]` is the code word of x. */
  #body(kind: string, word: string, sender: number, instance: number): InstanceMessage {
    const coded = word.startsWith('[') ? this.names.codeWord(sender, instance, word.slice(1, -1)) : undefined;
    switch (kind) {
      case 'initial':
      case 'payload':
        return { kind, payload: this.names.payload(word) };
      case 'echo':
      case 'ready':
      case 'done':
      case 'pull':
        return { kind, digest: coded?.digest ?? this.names.digest(sender, instance, word) };
      default:
        throw new Error(`no message is called "${kind}"`);
    }
  }

  #select(from: readonly number[], to: readonly number[], kind: string | undefined): Letter[] {
    const chosen = this.#queue.filter((letter) => {
      const told = this.#tell(letter.message);
      const fits = kind === undefined || told === kind || told.startsWith(`${kind} `);
      return fits && from.some((id) => id === letter.from) && to.some((id) => id === letter.to);
    });
    this.#queue = this.#queue.filter((letter) => !chosen.includes(letter));
    return chosen;
  }

  #ends(a: NodeId, b: NodeId): (readonly [NodeId, NodeId])[] {
    return [[a, b] as const, [b, a] as const].filter(([self]) => this.#hosts.has(self));
  }

  #turn(id: NodeId, calls: (member: Participant) => readonly MemberEffect[]): void {
    const turn = this.#host(id).turn(calls);
    this.#report(id, turn);
  }

  #report(id: NodeId, { sent, delivered, skipped, faults }: Turn): void {
    const receivers = new Map<string, NodeId[]>();
    for (const { to, frames } of sent) {
      for (const message of this.#host(id).decode(frames)) {
        const text = this.#tell(message);
        receivers.set(text, [...(receivers.get(text) ?? []), to]);
        if (this.#hosts.has(to) && this.#links.has(`${id}-${to}`))
          this.#queue.push({ from: id, to, message });
      }
    }
    for (const { accused, code } of faults) this.print(`${id} accuses ${accused}: ${code}`);
    for (const [text, to] of receivers) this.print(`${id}->(${to.join()}) ${text}`);
    for (const { sender, fromSeq, nextSeq, instance } of skipped)
      this.print(`${id} skips ${sender}#${fromSeq} to #${nextSeq - 1}, and goes on at ${sender}:${instance}`);
    for (const { sender, firstSeq, payload } of delivered) {
      const words = messagesOf(payload, this.#limits)
        .map((message) => this.names.wordOfMessage(message))
        .join(' ');
      this.print(
        `${id} delivers ${words === '' ? `nothing of ${sender}` : `${sender}#${firstSeq} ${words}`}`,
      );
    }
  }

  #tell(message: MemberMessage): string {
    return this.names.tell(message, this.#options.sender);
  }

  #host(id: NodeId): Host {
    const host = this.#hosts.get(id);
    if (host === undefined) throw new Error(`member ${id} is faulty: inject what it says`);
    return host;
  }
}
