import { toHex } from '../../src/base/index.ts';
import { decodeMessages, FRAME_HEADER_BYTES, type MemberMessage } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher } from '../../src/crypto/index.ts';
import { Member, type MemberEffect, storedOf } from '../../src/member/index.ts';
import { Claims } from '../../src/node/claims.ts';
import { Driver } from '../../src/node/driver.ts';
import { nativeSha256 } from '../../src/node/sha256.ts';
import { type Disk, FileStore } from '../../src/node/store/index.ts';
import { Host, type Turn } from '../../src/simulator/index.ts';

const EPOCH = 1;
const CLUSTER = new Uint8Array(32).fill(0x5a);
const HASHER = new PayloadHasher(nativeSha256, CLUSTER);

/** A member as a node runs it, on a real log: driver, store, state machine. Without sockets. */
export interface Victim {
  readonly driver: Driver;
  readonly store: FileStore;
  /** Numbers of its own messages that it called durable. */
  readonly accepted: number[];
  /** It fell silent by itself, for this reason. */
  failed: unknown;
}

/**
 * One victim among members that never fail, links in memory. What the others are told by the victim is remembered
 * over all its lives: one thing for each place where one is due.
 */
export class CrashWorld {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly contradictions: string[] = [];
  /** Of every other member: what it delivered, by sender and in order. */
  readonly delivered = new Map<NodeId, Map<NodeId, string[]>>();
  readonly #hosts = new Map<NodeId, Host>();
  readonly #told = new Map<string, string>();
  /** What others remember of the victim's log. */
  #claim: { logId: string; position: number } | undefined;
  #victim: Victim | undefined;

  constructor(n: number, f: number) {
    this.committee = new Committee(n, f);
    this.self = this.committee.member(0);
    for (const id of this.#others) {
      const member = this.#memberOptions(id);
      this.#hosts.set(id, new Host({ epoch: EPOCH, member }));
      this.delivered.set(id, new Map(this.committee.ids.map((sender) => [sender, []])));
    }
    for (const a of this.#others) {
      for (const b of this.#others) if (a !== b) this.#turn(a, (host) => host.linkUp(b));
    }
  }

  get #others(): readonly NodeId[] {
    return this.committee.ids.filter((id) => id !== this.self);
  }

  #memberOptions(self: NodeId) {
    return {
      committee: this.committee,
      self,
      form: 'early',
      limits: LIMITS_DEFAULT,
      hasher: HASHER,
    } as const;
  }

  /** A life of the victim on the log in `dir`; its links are up when this resolves. */
  async start(dir: string, disk: Disk & { readonly dead: boolean }): Promise<Victim> {
    const { committee, self } = this;
    const store = await FileStore.open({
      dir,
      cluster: CLUSTER,
      committee,
      self,
      disk,
      segmentBytes: 65_536,
    });
    const memory = store.restored();
    const about = this.#memberOptions(self);
    const member = new Member(about, memory);
    const victim: { -readonly [Key in keyof Victim]?: Victim[Key] } & { accepted: number[] } = {
      accepted: [],
    };
    const driver = new Driver(
      {
        ...{ self, nextOwnInstance: memory.own.nextInstance, member, store, claims: new Claims(store) },
        bounds: { committee, limits: LIMITS_DEFAULT, epoch: EPOCH },
        hasher: HASHER,
        stored: storedOf(about),
        keyRecords: () => [],
        links: {
          send: (peer, frames) => {
            if (disk.dead) return false;
            const bytes = Uint8Array.from(frames);
            this.#listen(bytes, peer);
            setImmediate(() => this.#receive(peer, bytes));
            return true;
          },
          queuedBytes: () => 0,
          isReceiving: () => false,
          drop: () => undefined,
          pause: () => undefined,
        },
        observer: {
          accepted: (firstSeq, count) => {
            for (let seq = firstSeq; seq < firstSeq + count; seq += 1) victim.accepted.push(seq);
          },
          delivered: () => undefined,
          skipped: () => undefined,
          fault: ({ accused, code }) => this.contradictions.push(`the victim accuses p${accused} of ${code}`),
          flooded: () => undefined,
          limited: () => undefined,
          beyond: () => undefined,
          overwritten: () => undefined,
          fatal: (error) => {
            victim.failed = error;
          },
        },
      },
      member.restore(memory),
    );
    const started = Object.assign(victim, { driver, store, failed: undefined });
    this.#victim = started;
    this.#admit(store);
    for (const peer of this.#others) {
      driver.linkUp(peer);
      this.#turn(peer, (host) => host.linkUp(self));
    }
    return started;
  }

  /** Its process is gone: nobody hears of it any more. */
  async bury(victim: Victim): Promise<void> {
    this.#victim = undefined;
    await victim.driver.stop();
    await victim.store.close();
    for (const peer of this.#others) {
      this.#turn(peer, (host) => {
        host.linkDown(this.self);
        return [];
      });
    }
  }

  /** Somebody else broadcasts. */
  submit(id: NodeId, text: string): void {
    this.#turn(id, (host) => {
      host.submit(Buffer.from(text));
      return [];
    });
  }

  /** Fifty milliseconds pass for everybody. */
  tick(): void {
    this.#victim?.driver.tick();
    for (const id of this.#others) this.#turn(id, (host) => host.tick());
  }

  /** As at a hello: peers remember whose log it was and how far it came. */
  #admit(store: FileStore): void {
    const claim = { logId: toHex(store.logId), position: store.position };
    const known = this.#claim ?? claim;
    if (known.logId !== claim.logId) this.contradictions.push('the victim came back with another log');
    if (claim.position < known.position) this.contradictions.push('the victim came back with an older log');
    this.#claim = claim;
  }

  #turn(id: NodeId, calls: (member: Member) => readonly MemberEffect[]): void {
    const host = this.#hosts.get(id);
    if (host !== undefined)
      this.#carry(
        id,
        host.turn((member) => calls(member as Member)),
      );
  }

  #carry(id: NodeId, turn: Turn): void {
    for (const { sender, digest } of turn.delivered) this.delivered.get(id)?.get(sender)?.push(toHex(digest));
    for (const { accused, code } of turn.faults) {
      this.contradictions.push(`p${id} accuses p${accused} of ${code}`);
    }
    for (const { to, frames } of turn.sent) {
      const bytes = Uint8Array.from(frames);
      if (to !== this.self) setImmediate(() => this.#receive(to, bytes, id));
      else for (const body of bodies(bytes)) this.#victim?.driver.frame(id, body);
    }
  }

  #receive(to: NodeId, frames: Uint8Array, from: NodeId = this.self): void {
    const messages = this.#decode(frames);
    this.#turn(to, (member) => messages.flatMap((message) => member.handle(from, message)));
  }

  #decode(frames: Uint8Array): readonly MemberMessage[] {
    const bounds = { committee: this.committee, limits: LIMITS_DEFAULT, epoch: EPOCH };
    return bodies(frames).flatMap((body) => {
      const decoded = decodeMessages(body, bounds);
      if (!decoded.ok) throw new Error(decoded.error);
      return decoded.value;
    });
  }

  /** What the victim says to one of the others, on the wire. */
  #listen(frames: Uint8Array, to: NodeId): void {
    for (const message of this.#decode(frames)) {
      if (message.kind !== 'instance') continue;
      const { sender, instance, body } = message;
      if (body.kind === 'pull' || body.kind === 'payload') continue;
      const digest = body.kind === 'initial' ? HASHER.digest(sender, instance, body.payload) : body.digest;
      const place = `${body.kind} in ${sender}:${instance}`;
      const earlier = this.#told.get(place) ?? toHex(digest);
      this.#told.set(place, earlier);
      if (earlier !== toHex(digest)) this.contradictions.push(`${place}, to p${to}: two things`);
    }
  }
}

function bodies(frames: Uint8Array): Uint8Array[] {
  const found = [];
  const view = new DataView(frames.buffer, frames.byteOffset, frames.length);
  for (let at = 0; at < frames.length; at += 4 + view.getUint32(at)) {
    found.push(frames.slice(at + FRAME_HEADER_BYTES, at + 4 + view.getUint32(at)));
  }
  return found;
}
