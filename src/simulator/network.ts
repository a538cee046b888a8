import { Prng } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Host, Turn } from './host.ts';

/** Something under way from one host to another. */
interface InFlight {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly frames: Uint8Array;
  /** Which incarnation of the link it belongs to: a link that went down takes its bytes along. */
  readonly link: number;
}

/** Told of each turn, in order. */
export type Observer = (id: NodeId, turn: Turn) => void;

/**
 * A network in virtual time: nothing happens but by `step` and `tick`, and the same seed gives the same run. Links
 * are reliable and reorder freely; a link that goes down loses what was under way on it.
 */
export class Network {
  readonly #hosts: readonly Host[];
  readonly #ids: readonly NodeId[];
  readonly #prng: Prng;
  readonly #observe: Observer;
  readonly #inFlight: InFlight[] = [];
  readonly #links: number[];
  readonly #up: boolean[];

  constructor(hosts: readonly Host[], ids: readonly NodeId[], seed: number, observe: Observer) {
    this.#hosts = hosts;
    this.#ids = ids;
    this.#prng = new Prng(seed);
    this.#observe = observe;
    this.#links = new Array<number>(ids.length * ids.length).fill(0);
    this.#up = new Array<boolean>(ids.length * ids.length).fill(false);
  }

  /** Frames under way. */
  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Connects two members, in both directions, as a new link. */
  connect(a: NodeId, b: NodeId): void {
    if (this.#up[this.#link(a, b)]) return;
    this.#setLink(a, b, true);
    this.turn(a, (host) => host.turn((member) => member.linkUp(b)));
    this.turn(b, (host) => host.turn((member) => member.linkUp(a)));
  }

  /** Cuts two members off from each other; what was under way between them is lost. */
  disconnect(a: NodeId, b: NodeId): void {
    if (!this.#up[this.#link(a, b)]) return;
    this.#setLink(a, b, false);
    for (const [self, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      this.turn(self, (host) =>
        host.turn((member) => {
          member.linkDown(peer);
          return [];
        }),
      );
    }
  }

  /** Lets one host do something and sends what comes of it. */
  turn(id: NodeId, act: (host: Host) => Turn): Turn {
    const host = this.#hosts[id];
    if (host === undefined) throw new RangeError(`no member ${id}`);
    const turn = act(host);
    for (const { to, frames } of turn.sent) {
      const link = this.#link(id, to);
      if (this.#up[link]) this.#inFlight.push({ from: id, to, frames, link: this.#links[link] ?? 0 });
    }
    this.#observe(id, turn);
    return turn;
  }

  /** Hands over one of the frames under way, chosen by the seed. False: there are none. */
  step(): boolean {
    if (this.#inFlight.length === 0) return false;
    const index = this.#prng.below(this.#inFlight.length);
    const chosen = this.#inFlight[index];
    const last = this.#inFlight.pop();
    if (chosen === undefined || last === undefined) return false;
    if (index < this.#inFlight.length) this.#inFlight[index] = last;
    if (this.#links[this.#link(chosen.from, chosen.to)] !== chosen.link) return true;
    this.turn(chosen.to, (host) =>
      host.turn((member) =>
        host.decode(chosen.frames).flatMap((message) => member.handle(chosen.from, message)),
      ),
    );
    return true;
  }

  /** Fifty virtual milliseconds for everybody. */
  tick(): void {
    for (const id of this.#ids) this.turn(id, (host) => host.turn((member) => member.tick()));
  }

  /** Runs until nothing is under way and `quiet` ticks brought nothing new; at most `steps` deliveries. */
  settle(quiet = 2, steps = 1_000_000): boolean {
    let left = steps;
    for (let calm = 0; calm < quiet; calm += 1) {
      while (this.step()) {
        left -= 1;
        if (left === 0) return false;
      }
      this.tick();
      if (this.#inFlight.length > 0) calm = -1;
    }
    return true;
  }

  #link(a: NodeId, b: NodeId): number {
    return a * this.#ids.length + b;
  }

  #setLink(a: NodeId, b: NodeId, up: boolean): void {
    for (const link of [this.#link(a, b), this.#link(b, a)]) {
      this.#up[link] = up;
      this.#links[link] = (this.#links[link] ?? 0) + 1;
    }
  }
}
