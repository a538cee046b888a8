import type { Committee, NodeId } from '../committee/index.ts';

/** What this member knows of another one, and what it has sent it over the present link. */
export class Peer {
  readonly id: NodeId;
  /** The link is up. */
  up = false;
  /** Its STATUS has come over the present link: before, nothing but the own STATUS is sent. */
  synced = false;
  /** By sender: the highest base it ever reported. It delivered everything below, durably. */
  readonly bases: number[];
  /** By sender: all that it is owed below this instance was sent over the present link. */
  readonly horizon: number[];
  /** The tick at which it was last sent everything again on request. */
  resyncedTick = Number.NEGATIVE_INFINITY;
  /** It asked for that too soon; it gets it at a later tick. */
  resyncPending = false;

  constructor(id: NodeId, committee: Committee) {
    this.id = id;
    this.bases = new Array<number>(committee.n).fill(1);
    this.horizon = new Array<number>(committee.n).fill(1);
  }

  /** Whether a statement about this instance goes out to it now: in its window, and not delivered there yet. */
  takes(sender: NodeId, instance: number): boolean {
    return this.synced && instance < (this.horizon[sender] ?? 0) && instance >= (this.bases[sender] ?? 0);
  }
}
