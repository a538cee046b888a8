// The way from one member to another: a TCP proxy that can be slow, deaf, mute and treacherous.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Flow } from './flow.mjs';

/** @import { Server, Socket } from 'node:net' */
/** @import { Direction, Weather } from './types.ts' */

/** How long a socket that is to end may take to hand over the rest. */
const LINGER_MS = 500;

/** @type {Weather} */
const CLEAR = { delayMs: 0, jitterMs: 0, bytesPerSecond: undefined, held: false };

/** @param {Server} server @returns {number} */
function portOf(server) {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** One connection through a wire: the socket of who dialled, the one to who listens, and a flow each way. */
class Passage {
  /** @type {ReadonlyMap<Direction, Flow>} */
  flows;
  /** Closed at one end, and the other end cannot know of it yet. */
  #halfClosed = false;
  #near;
  #far;
  #isHeld;

  /**
   * @param {Socket} near @param {Socket} far
   * @param {(direction: Direction) => Weather} weather @param {() => void} onGone
   */
  constructor(near, far, weather, onGone) {
    this.#near = near;
    this.#far = far;
    this.#isHeld = () => weather('there').held || weather('back').held;
    this.flows = new Map([
      ['there', new Flow(near, far, () => weather('there'))],
      ['back', new Flow(far, near, () => weather('back'))],
    ]);
    for (const [socket, other] of /** @type {const} */ ([
      [near, far],
      [far, near],
    ])) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (near.destroyed && far.destroyed) onGone();
        else if (this.#isHeld() || this.#abandoned) this.#halfClosed = true;
        else this.#finish(other);
      });
    }
  }

  #abandoned = false;

  /** The end of one socket, told to the other once what is under way has been told. @param {Socket} other */
  #finish(other) {
    other.destroySoon();
    setTimeout(() => other.destroy(), LINGER_MS);
  }

  /** Breaks off at the side of who listens, who is told so; who dialled is told nothing and speaks to nobody. */
  abandon() {
    this.#abandoned = true;
    breakOff(this.#far);
  }

  /** What could not be told while the wire was held is told now. */
  cleared() {
    this.#abandoned = false;
    for (const flow of this.flows.values()) flow.cleared();
    if (this.#halfClosed) this.reset();
  }

  /** Breaks off at both sides. */
  reset() {
    for (const flow of this.flows.values()) flow.close();
    breakOff(this.#near);
    breakOff(this.#far);
  }
}

/**
 * With a reset; a socket that cannot get rid of what it has to say is dropped a moment later. One that has said its last
 * cannot be reset: it would stay open for ever, and this process with it.
 * @param {Socket} socket
 */
function breakOff(socket) {
  if (socket.destroyed) return;
  if (socket.writableEnded) {
    socket.destroy();
    return;
  }
  socket.resetAndDestroy();
  setTimeout(() => socket.destroy(), LINGER_MS);
}

/** All that goes from member `from`, who dials, to member `to`, who listens, and back. */
export class Wire {
  from;
  to;
  port = 0;
  /** @type {Record<Direction, Weather>} */
  #weather = { there: CLEAR, back: CLEAR };
  /** @type {Set<Passage>} */
  #passages = new Set();
  #target;
  #server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near));

  /** @param {number} from @param {number} to @param {number} target the port on which `to` listens */
  constructor(from, to, target) {
    this.from = from;
    this.to = to;
    this.#target = target;
  }

  /** @param {number} from @param {number} to @param {number} target */
  static async open(from, to, target) {
    const wire = new Wire(from, to, target);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    wire.port = portOf(wire.#server);
    return wire;
  }

  /** Connections that go through it now. */
  get passages() {
    return this.#passages.size;
  }

  /** Which way `member` speaks on it. @param {number} member @returns {Direction} */
  directionOf(member) {
    return member === this.from ? 'there' : 'back';
  }

  /** From now on, in one direction or both. @param {Partial<Weather>} weather @param {Direction} [direction] */
  set(weather, direction) {
    for (const one of direction === undefined ? /** @type {const} */ (['there', 'back']) : [direction]) {
      this.#weather[one] = { ...this.#weather[one], ...weather };
    }
  }

  /** Both directions as they were at first; what waited goes. */
  clear() {
    this.#weather = { there: CLEAR, back: CLEAR };
    for (const passage of this.#passages) passage.cleared();
  }

  /** Ends all its connections with a reset at both sides. */
  reset() {
    for (const passage of this.#passages) passage.reset();
  }

  /** Ends all its connections at the listener's side; who dialled is not told before `clear`. */
  abandon() {
    for (const passage of this.#passages) passage.abandon();
  }

  async close() {
    this.#server.close();
    this.reset();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  /** @param {Socket} near */
  #accept(near) {
    const far = connect({ host: '127.0.0.1', port: this.#target, allowHalfOpen: true });
    const passage = new Passage(
      near,
      far,
      (direction) => this.#weather[direction],
      () => this.#passages.delete(passage),
    );
    this.#passages.add(passage);
  }
}
