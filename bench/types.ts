/** What the parts of the cluster measurement tell each other. Times are milliseconds of `nowMs`. */

/** How much one run may broadcast, and how. */
export interface Load {
  /** Bytes of each message. */
  readonly size: number;
  /** Broadcasts under way at once. */
  readonly window: number;
  /** No broadcast begins later than this after the first, nor once this many bytes are broadcast. */
  readonly durationMs: number;
  readonly bytesMax: number;
  /** Messages handed over in one call. */
  readonly atOnce: number;
}

/** Broadcasts at a steady, low rate. */
export interface Pace {
  readonly size: number;
  readonly perSecond: number;
  readonly count: number;
}

/** What a run broadcast: when it began, and the running number of its last message. */
export interface Ran {
  readonly startedMs: number;
  readonly count: number;
  readonly lastSeq: number;
}

/** When each broadcast of a steady run began, and the running number of the last one. */
export interface Paced {
  readonly begun: readonly number[];
  readonly lastSeq: number;
}

/** What a process has spent so far. */
export interface Spent {
  readonly cpuMs: number;
  /** Of that, as far as it stopped the program: collecting garbage. */
  readonly gcMs: number;
  /** Resident memory now, bytes. */
  readonly rss: number;
  /** Commits to disk. */
  readonly syncs: number;
  readonly syncMs: number;
  /** Bytes of frames to all peers, before TLS; and messages in them. */
  readonly sentBytes: number;
  readonly messages: number;
}

/** What a process takes, and how it is. */
export interface Vitals {
  readonly heapBytes: number;
  /** Buffers and typed arrays outside the heap: the index of the log, frames under way. */
  readonly arrayBytes: number;
  readonly rssBytes: number;
  readonly descriptors: number;
  readonly logBytes: number;
  /** How much later than asked the event loop came round, of 100 times the worst but one, since the last question. */
  readonly lagP99Ms: number;
}

/** What a process of a member does when asked. */
export interface MemberCalls {
  /** `dataDir` false: memory only. Returns the address it listens on. */
  start(setup: {
    readonly clusterFile: string;
    readonly keyFile: string;
    readonly dataDir: string | false;
    /** Whether its consumer reads by the batch. */
    readonly byBatch: boolean;
    /** Bytes of its log to keep; everything if it is not given. */
    readonly keepBytes?: number | undefined;
    /** Whether it votes for one thing here and for another there. */
    readonly lies: boolean;
  }): string;
  /** HOST:PORT by member name. Returns once all links are up. */
  connect(addresses: readonly (readonly [string, string])[]): void;
  /** Broadcasts in a closed loop; returns once its own consumer has everything. */
  load(load: Load): Ran;
  /** Broadcasts at a steady rate. */
  pace(pace: Pace): Paced;
  /** Returns when its consumer had the message `seq` of member 0; it must be the last one broadcast. */
  reached(seq: number): number;
  /** When its consumer had each of the last `count` messages of member 0. */
  arrivals(count: number): readonly number[];
  spent(argument: undefined): Spent;
  /** After a garbage collection, where the process was started with --expose-gc. */
  vitals(argument: undefined): Vitals;
  /** Reads the whole delivered log: by sender, a digest over numbers and payloads. */
  log(argument: undefined): readonly string[];
  stop(argument: undefined): void;
}

/** What an end of a connection is made of. */
export interface Endpoint {
  readonly keyFile: string;
  /** The folder in whose `node_modules` is what it is measured with; none for the plain fan-out. */
  readonly modules?: string | undefined;
}

/** What a process of the plain fan-out does when asked, or one of what is measured beside it. */
export interface FanoutCalls {
  /** Listens for so many receivers; returns the port. */
  listen(setup: Endpoint & { readonly count: number }): number;
  /** Connects as a receiver; also to those receivers that listen at `others`, where there are links between any two. */
  dial(argument: Endpoint & { readonly port: number; readonly others?: readonly number[] | undefined }): void;
  load(load: Load): Ran;
  pace(pace: Pace): Paced;
  /** Of a receiver: counts from zero, in messages of so many bytes. */
  expect(argument: { readonly bytes: number; readonly arrivals: boolean }): void;
  /** Of a receiver: when it had `count` messages. */
  reached(count: number): number;
  arrivals(count: number): readonly number[];
  spent(argument: undefined): Spent;
  stop(argument: undefined): void;
}

/** One figure of several runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}
