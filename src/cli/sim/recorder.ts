import type { MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { PayloadHasher } from '../../crypto/index.ts';
import { type Member, type MemberEffect, type Participant, senderBytesMax } from '../../member/index.ts';
import { type ClusterDefinition, type NodeInternals, nativeSha256 } from '../../node/index.ts';
import {
  durableEvent,
  Heights,
  isDurable,
  LetterNames,
  labelOf,
  type NodeHeader,
  TRACE_VERSION,
  type TraceEvent,
} from '../../simulator/index.ts';
import { TraceWriter } from './trace-writer.ts';

/** What a recorder needs to know of its cluster. */
export type RecordedCluster = Pick<ClusterDefinition, 'committee' | 'digest' | 'limits'>;

/** Characters of an application message that a trace shows. */
const TEXT_MAX = 64;

/**
 * Stands between a node and its member and writes what passes to a file, as a trace. A turn is written when the
 * next one begins: the node begins none before what the last one said is durable.
 */
export class Recorder implements Participant {
  readonly #member: Member;
  readonly #self: NodeId;
  readonly #committee: RecordedCluster['committee'];
  readonly #hasher: PayloadHasher;
  readonly #writer: TraceWriter;
  readonly #names = new LetterNames();
  readonly #heights: Heights;
  #lines: string[] = [];
  /** The turn of `#lines` has ended. */
  #ended = false;
  #t = 0;

  /**
   * Writes the first line, or, to a file that is there, that the member is back.
   * @throws CommandError ERR_CONFIG if the file cannot be written or holds something else
   */
  constructor(member: Member, cluster: RecordedCluster, path: string) {
    this.#member = member;
    this.#self = member.self;
    this.#committee = cluster.committee;
    this.#hasher = new PayloadHasher(nativeSha256, cluster.digest);
    this.#heights = new Heights(cluster.committee.n);
    this.#writer = new TraceWriter(path, headerOf(cluster, this.#self));
    if (this.#writer.resumed) {
      this.#tell({ e: 'crash', t: this.#now(), node: this.#self, point: 'before-sync' });
      this.#tell({ e: 'restart', t: this.#now(), node: this.#self });
    }
  }

  restore(memory: Parameters<Member['restore']>[0]): readonly MemberEffect[] {
    return this.#told(this.#member.restore(memory));
  }

  submit(message: Uint8Array): number {
    const seq = this.#member.submit(message);
    const text = new TextDecoder().decode(message.subarray(0, 4 * TEXT_MAX)).slice(0, TEXT_MAX);
    this.#tell({ e: 'submit', t: this.#now(), node: this.#self, seq, text });
    return seq;
  }

  handle(from: NodeId, message: MemberMessage): readonly MemberEffect[] {
    this.#begin();
    this.#tellMessage('recv', from, message);
    const effects = this.#told(this.#member.handle(from, message));
    if (message.kind === 'instance') this.#measure(message.sender);
    return effects;
  }

  linkUp(peer: NodeId): readonly MemberEffect[] {
    this.#begin();
    this.#tell({ e: 'up', t: this.#now(), node: this.#self, peer });
    return this.#told(this.#member.linkUp(peer));
  }

  linkDown(peer: NodeId): void {
    this.#begin();
    this.#tell({ e: 'down', t: this.#now(), node: this.#self, peer });
    this.#member.linkDown(peer);
  }

  tick(): readonly MemberEffect[] {
    this.#begin();
    return this.#told(this.#member.tick());
  }

  flush(): readonly MemberEffect[] {
    this.#begin();
    const effects = this.#told(this.#member.flush());
    this.#ended = true;
    return effects;
  }

  /** Call it when the node has closed, and its last turn with it. */
  close(): void {
    // Others may go on: what they deliver later this member does not know of.
    this.#tell({ e: 'end', t: this.#now(), quiescent: false });
    this.#write();
    this.#writer.close();
  }

  #begin(): void {
    if (!this.#ended) return;
    this.#ended = false;
    this.#write();
  }

  #write(): void {
    this.#writer.write(this.#lines);
    this.#lines = [];
  }

  #told(effects: readonly MemberEffect[]): readonly MemberEffect[] {
    for (const effect of effects) {
      if (isDurable(effect)) {
        const event = durableEvent(this.#now(), this.#self, effect, this.#hasher, this.#committee);
        if (event !== undefined) this.#tell(event);
      } else if (effect.kind === 'send') this.#tellMessage('send', effect.to, effect.message);
      else if (effect.kind === 'fault') {
        const { accused, code } = effect;
        this.#tell({ e: 'fault', t: this.#now(), node: this.#self, accused, code });
      }
    }
    return effects;
  }

  #measure(sender: NodeId): void {
    const height = this.#heights.raise(this.#self, sender, this.#member.held(sender));
    if (height !== undefined) this.#tell({ e: 'hold', t: this.#now(), node: this.#self, sender, ...height });
  }

  #tellMessage(e: 'send' | 'recv', peer: NodeId, message: MemberMessage): void {
    const label = labelOf(message, this.#hasher);
    const [from, to] = e === 'send' ? [this.#self, peer] : [peer, this.#self];
    const id = this.#names.next(from, to, label);
    this.#tell({ e, t: this.#now(), node: this.#self, peer, id, ...label });
  }

  #tell(event: TraceEvent): void {
    this.#lines.push(JSON.stringify(event));
  }

  /** The machine's clock may be set back; a trace's time never falls. */
  #now(): number {
    this.#t = Math.max(this.#t, Date.now());
    return this.#t;
  }
}

/** Records a node's member. The last turn is written when the process ends: by then the node has closed. */
export function recordNode(cluster: RecordedCluster, path: string): NodeInternals {
  return {
    recorder: (member) => {
      const recorder = new Recorder(member, cluster, path);
      process.once('exit', () => recorder.close());
      return recorder;
    },
  };
}

function headerOf({ committee, digest, limits }: RecordedCluster, node: NodeId): NodeHeader {
  return {
    v: TRACE_VERSION,
    source: 'node',
    node,
    cluster: Buffer.from(digest).toString('hex'),
    n: committee.n,
    f: committee.f,
    window: limits.window,
    bytesMax: senderBytesMax(committee, limits),
  };
}
