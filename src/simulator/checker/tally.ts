import type { TraceEvent } from '../event.ts';
import { instanceKey, ofKey } from './key.ts';

/** What one member has heard of one digest in one instance: who said it. */
export interface Heard {
  readonly digest: string;
  readonly initial: Set<number>;
  readonly echo: Set<number>;
  readonly ready: Set<number>;
  readonly done: Set<number>;
}

/** What every member knew when, read from a recorded trace. Feed it the events in order. */
export class Tally {
  readonly #heard = new Map<number, Heard[]>();

  see(event: TraceEvent): void {
    if (event.e === 'say') {
      const { node, sender, instance, statement, digest } = event;
      this.of(node, sender, instance, digest)[statement].add(node);
    } else if (event.e === 'recv' && event.sender !== undefined && event.instance !== undefined) {
      const { node, peer, kind, sender, instance, digest = '' } = event;
      const begins = kind === 'dispersal' || (kind === 'shard' && peer === sender);
      const type = begins ? 'initial' : kind === 'shard' ? 'echo' : kind;
      if (type !== 'initial' && type !== 'echo' && type !== 'ready' && type !== 'done') return;
      if (type !== 'initial' || peer === sender) this.of(node, sender, instance, digest)[type].add(peer);
    } else if (event.e === 'restart') this.#forget(event.node);
  }

  /** What `node` has heard of a digest, whole or its first eight digits. */
  of(node: number, sender: number, instance: number, digest: string): Heard {
    const key = instanceKey(sender, instance, node);
    const all = this.#heard.get(key) ?? [];
    const short = digest.slice(0, 8);
    const known = all.find((heard) => heard.digest === short);
    if (known !== undefined) return known;
    const heard = {
      digest: short,
      initial: new Set<number>(),
      echo: new Set<number>(),
      ready: new Set<number>(),
      done: new Set<number>(),
    };
    this.#heard.set(key, [...all, heard]);
    return heard;
  }

  /** A restarted member knows of the votes of others only what they send again; its own it keeps. */
  #forget(node: number): void {
    for (const [key, all] of this.#heard) {
      if (ofKey(key).node !== node) continue;
      for (const { initial, echo, ready, done } of all) {
        for (const votes of [initial, echo, ready, done]) {
          for (const voter of votes) if (voter !== node) votes.delete(voter);
        }
      }
    }
  }
}
