import { bytesEqual } from '../../base/index.ts';
import { FRAME_HEADER_BYTES, FRAME_KIND, frameBytesMax, WIRE_VERSION, Writer } from '../../codec/index.ts';
import type { Limits, NodeId } from '../../committee/index.ts';
import type { Logger } from '../api.ts';
import {
  type ClusterDefinition,
  parseClusterDefinition,
  requireClusterBytes,
  serializeClusterDefinition,
} from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';

/** What judges files that peers send. */
export interface PostOptions {
  readonly cluster: () => ClusterDefinition;
  /** The definition that this node goes over to, if it does. */
  readonly accepted: () => ClusterDefinition | undefined;
  /** Undefined for a node that stays in its epoch. */
  readonly accept: ((next: ClusterDefinition) => Promise<void>) | undefined;
  readonly logger: Logger | undefined;
}

/** The frame that brings this file; undefined if it is longer than any frame may be: then each operator hands it over. */
export function fileFrame(next: ClusterDefinition, limits: Limits): Uint8Array | undefined {
  const body = new TextEncoder().encode(serializeClusterDefinition(next));
  if (body.length + FRAME_HEADER_BYTES > frameBytesMax(limits)) return undefined;
  return new Writer(body.length + FRAME_HEADER_BYTES)
    .u32(body.length + 2)
    .u8(WIRE_VERSION)
    .u8(FRAME_KIND.epoch)
    .raw(body)
    .take();
}

/** Definitions that peers send: each costs two signatures a member, so that few are judged of each. */
export class Post {
  readonly #options: PostOptions;
  /** By peer: the last file of it that was judged, and how many were. */
  readonly #judged = new Map<NodeId, { readonly body: Uint8Array; readonly count: number }>();
  /** Files that came before this node was ready to judge them, one of each peer. */
  readonly #early = new Map<NodeId, Uint8Array>();
  #ready = false;

  constructor(options: PostOptions) {
    this.#options = options;
  }

  /** From here on files are judged. */
  ready(): void {
    this.#ready = true;
    const early = [...this.#early];
    this.#early.clear();
    for (const [peer, body] of early) this.take(peer, body);
  }

  /** Another epoch has begun. */
  clear(): void {
    this.#judged.clear();
  }

  take(peer: NodeId, body: Uint8Array): void {
    if (!this.#ready) {
      this.#early.set(peer, body);
      return;
    }
    const { cluster, accepted, accept, logger } = this.#options;
    if (accept === undefined) return;
    const { body: last, count } = this.#judged.get(peer) ?? { body: undefined, count: 0 };
    const own = accepted();
    if (last !== undefined && bytesEqual(body, last)) return;
    if (own !== undefined && bytesEqual(body, new TextEncoder().encode(serializeClusterDefinition(own))))
      return;
    const { committee } = cluster();
    // Of definitions that give up ever more members there are f+1, and a correct member hands on each once.
    if (count > committee.f) return;
    this.#judged.set(peer, { body: new Uint8Array(body), count: count + 1 });
    const { name } = cluster().member(peer);
    const refuse = (error: unknown): void => {
      if (!(error instanceof QuorumcastError)) throw error;
      logger?.warn('epoch.refused', { peer: name, code: error.code, message: error.message });
    };
    try {
      requireClusterBytes(body.length);
      const next = parseClusterDefinition(new TextDecoder().decode(body), `the definition that ${name} sent`);
      accept(next).catch(refuse);
    } catch (error) {
      refuse(error);
    }
  }
}
