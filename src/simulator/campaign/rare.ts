import { Committee } from '../../committee/index.ts';
import { Tally } from '../checker/index.ts';
import type { TraceEvent } from '../event.ts';
import type { Scenario } from '../world/index.ts';

/** Paths that few runs take. A campaign that never took one has proven nothing about it. */
export const RARE_PATHS = [
  'ready by amplification',
  'echo on votes',
  'delivered before the initial came',
  'delivered early',
  'delivered on dones',
  'payload pulled',
  'sent again over a new link',
  'instance beyond the first window',
  'batch of several messages',
  'crash before the sync',
  'crash with a torn group',
  'crash after the sync',
  'sync that failed',
  'full disk',
  'still full after a restart',
  'restart',
  'equivocation seen',
  'equivocation proven',
  'wrong payload seen',
  'malformed payload refused',
  'flood beyond the window seen',
  'instances skipped',
  'nothing delivered',
  'wrong shard seen',
] as const;

/** One of `RARE_PATHS`. */
export type RarePath = (typeof RARE_PATHS)[number];

/** Counts, from the events of a recorded run, how often its correct members took each rare path. */
export class RareCounter {
  readonly counts: Record<RarePath, number>;
  readonly #scenario: Scenario;
  readonly #committee: Committee;
  readonly #tally = new Tally();
  readonly #broken = new Set<number>();
  readonly #full = new Set<number>();

  /** `counts`: to go on counting in. */
  constructor(scenario: Scenario, counts: Record<RarePath, number> = noCounts()) {
    this.counts = counts;
    this.#scenario = scenario;
    this.#committee = new Committee(scenario.n, scenario.f);
  }

  see(event: TraceEvent): void {
    for (const path of this.#paths(event)) this.counts[path] += 1;
    this.#tally.see(event);
  }

  *#paths(event: TraceEvent): Iterable<RarePath> {
    if ('node' in event && this.#scenario.faulty.includes(event.node)) return;
    switch (event.e) {
      case 'say':
        yield* this.#onSay(event);
        break;
      case 'skip':
        yield 'instances skipped';
        break;
      case 'deliver':
        yield* this.#onDeliver(event);
        break;
      case 'send':
        if (event.kind === 'pull') yield 'payload pulled';
        if (event.kind !== 'status' && !event.id.endsWith(' 1') && this.#broken.has(this.#link(event)))
          yield 'sent again over a new link';
        break;
      case 'down':
        this.#broken.add(this.#link(event));
        this.#broken.add(this.#link({ node: event.peer, peer: event.node }));
        break;
      case 'crash':
        yield CRASHES[event.point];
        if (event.point === 'full' && this.#full.has(event.node)) yield 'still full after a restart';
        if (event.point === 'full') this.#full.add(event.node);
        break;
      case 'room':
        this.#full.delete(event.node);
        break;
      case 'restart':
        yield 'restart';
        break;
      case 'fault':
        if (event.code === 'equivocation') yield 'equivocation seen';
        if (event.proven === true) yield 'equivocation proven';
        if (event.code === 'wrong-payload') yield 'wrong payload seen';
        if (event.code === 'wrong-shard') yield 'wrong shard seen';
        if (event.code === 'invalid-payload') yield 'malformed payload refused';
        if (event.code === 'future-flood') yield 'flood beyond the window seen';
        break;
    }
  }

  *#onSay(event: Extract<TraceEvent, { readonly e: 'say' }>): Iterable<RarePath> {
    const { node, sender, instance, digest, statement } = event;
    const { initial, echo } = this.#tally.of(node, sender, instance, digest);
    const { quorums } = this.#committee;
    if (statement === 'ready' && echo.size < quorums.echoEarly) yield 'ready by amplification';
    if (statement === 'echo' && initial.size === 0) yield 'echo on votes';
  }

  *#onDeliver(event: Extract<TraceEvent, { readonly e: 'deliver' }>): Iterable<RarePath> {
    const { node, sender, instance, digest, count } = event;
    const { initial, ready, done } = this.#tally.of(node, sender, instance, digest);
    const { deliver, adopt } = this.#committee.quorums;
    // The vote that made it deliver is among those heard; a DONE counts as a READY.
    const readies = new Set([...ready, ...done]).size;
    if (initial.size === 0) yield 'delivered before the initial came';
    if (done.size >= adopt && readies < deliver) yield 'delivered on dones';
    else if (readies < deliver) yield 'delivered early';
    if (instance > this.#scenario.limits.window) yield 'instance beyond the first window';
    if (event.nothing === true) yield 'nothing delivered';
    if (count > 1) yield 'batch of several messages';
  }

  #link({ node, peer }: { readonly node: number; readonly peer: number }): number {
    return node * this.#committee.n + peer;
  }
}

const CRASHES = {
  'before-sync': 'crash before the sync',
  torn: 'crash with a torn group',
  'after-sync': 'crash after the sync',
  disk: 'sync that failed',
  full: 'full disk',
} as const;

/** Zero everywhere. */
export function noCounts(): Record<RarePath, number> {
  return Object.fromEntries(RARE_PATHS.map((path) => [path, 0])) as Record<RarePath, number>;
}
