import type { Prng } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Effect, Effects, Protocol } from '../../protocol/index.ts';

/** What a machine under trial is made with. */
export interface TrialMember {
  readonly committee: Committee;
  readonly self: NodeId;
  /** Chance of this member alone, for protocols that toss coins. The same seed gives the same tosses. */
  readonly prng: Prng;
  /** The seed of the trial, the same at every member: for what they share, such as a coin that was dealt. */
  readonly seed: number;
}

/** What came of a trial, up to now or in the end. */
export interface TrialOutcome<Input, Output> {
  readonly committee: Committee;
  readonly correct: readonly NodeId[];
  /** By member: what it proposed; undefined if it proposed nothing so far, and of the faulty. */
  readonly inputs: readonly (Input | undefined)[];
  /** By member: its outputs in order, those repeated after a restart once; nothing of the faulty. */
  readonly outputs: readonly (readonly Output[])[];
  /** Whether all have proposed, everything has arrived and nothing new can come. */
  readonly ended: boolean;
}

/** Says in a sentence what is wrong with an outcome; undefined if nothing is. Asked after every output and in the end. */
export type TrialProperty<Input, Output> = (outcome: TrialOutcome<Input, Output>) => string | undefined;

/** A protocol as the laboratory tries it: any state machine that keeps the contract of `Protocol`. */
export interface TrialSubject<Input, Message, Output> {
  /** One word, for reports. */
  readonly name: string;
  /** A fresh machine of one member. */
  readonly create: (member: TrialMember) => Protocol<Input, Message, Output>;
  /** What this member proposes in a run; undefined for one that only listens. Drawn from the chance of the run. */
  readonly inputOf: (self: NodeId, prng: Prng, committee: Committee) => Input | undefined;
  /** A message as bytes. All messages pass through here and `decode`. */
  readonly encode: (message: Message) => Uint8Array;
  /** The message in these bytes; undefined if they are none. Never throws. */
  readonly decode: (bytes: Uint8Array, committee: Committee) => Message | undefined;
  /** Any message, such as correct members send among them: what liars without a plan say. */
  readonly arbitrary: (prng: Prng, committee: Committee) => Message;
  /** Named after what they promise. */
  readonly properties: Readonly<Record<string, TrialProperty<Input, Output>>>;
  /** A kind of a message, for schedules that starve one. Default: its field `kind`. */
  readonly kindOf?: (message: Message) => string;
  /** All kinds; without them no kind is starved. */
  readonly kinds?: readonly string[];
  /** A message in a few words. Default: JSON, bytes in hexadecimal. */
  readonly describe?: (message: Message) => string;
  /** Time has passed, for protocols that ask again. */
  readonly retry?: (machine: Protocol<Input, Message, Output>) => Effects<Message, Output>;
  /** The link to `peer` is new, since it came back: what was said to it before may have to be said again. */
  readonly linkUp?: (machine: Protocol<Input, Message, Output>, peer: NodeId) => Effects<Message, Output>;
  /**
   * Whether links break with a member that dies, as those of a node do: what was under way between it and correct members is lost, and
   * `linkUp` is asked at both ends. Without it all that was under way arrives, after the link is new too, and once more.
   */
  readonly linksBreak?: boolean;
  /** Adds to `said` what `restore` is to be given for this effect. Default: what was broadcast. */
  readonly remember?: (said: Message[], effect: Effect<Message, Output>) => void;
  /** Whether two messages that bind contradict each other. Without it nobody looks for that. */
  readonly contradicts?: (earlier: Message, later: Message) => boolean;
}
