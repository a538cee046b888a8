import type { NodeId } from '../../committee/index.ts';
import type { MemberEffect } from '../../member/index.ts';
import { isDurable } from '../disk.ts';
import type { CrashPoint } from '../event.ts';

/** Who is down, who will be at the end of its next turn, and whose disk is full. */
export class Power {
  readonly #down = new Set<NodeId>();
  readonly #next = new Map<NodeId, CrashPoint>();
  readonly #full = new Set<NodeId>();

  down(id: NodeId): boolean {
    return this.#down.has(id);
  }

  /** The next turn of this member ends in a crash. */
  crashNext(id: NodeId, point: CrashPoint): void {
    this.#next.set(id, point);
  }

  /** How a turn of this member ends that has these effects, if not well. */
  takePoint(id: NodeId, effects: readonly MemberEffect[]): CrashPoint | undefined {
    if (this.#next.size === 0 && this.#full.size === 0) return undefined;
    const point = this.#next.get(id);
    this.#next.delete(id);
    return point ?? (this.#full.has(id) && effects.some(isDurable) ? 'full' : undefined);
  }

  crash(id: NodeId, point: CrashPoint): void {
    this.#down.add(id);
    if (point === 'full') this.#full.add(id);
  }

  /** False if it is up. */
  restart(id: NodeId): boolean {
    return this.#down.delete(id);
  }

  /** There is room on its disk again. False if it was not full. */
  makeRoom(id: NodeId): boolean {
    return this.#full.delete(id);
  }
}
