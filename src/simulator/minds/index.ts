import { ADVERSARIES } from '../adversary/index.ts';
import type { Mind, MindContext, MindFactory } from '../world/index.ts';
import { bigPayloads, freshDigests, futureFlood, offByOne } from './floods.ts';
import { forgedHistory } from './history.ts';
import { plot } from './plot.ts';
import {
  falseDone,
  falseStatus,
  pullStorm,
  unaskedPayload,
  withholdPayload,
  wrongPayload,
} from './recovery.ts';
import {
  bothValues,
  equivocateEach,
  equivocateHalf,
  forgedInitial,
  malformedPayload,
  outOfOrder,
  selectiveInitial,
  stopsMidway,
} from './senders.ts';
import {
  crookedShards,
  fewShards,
  malformedShards,
  shardFlood,
  twoCodeWords,
  wrongShards,
} from './shards.ts';
import { amnesiaTwins, twins } from './twins.ts';
import {
  doubleVotes,
  echoToOne,
  lateSpeaker,
  parrot,
  prematureReady,
  readyOnly,
  readyToOne,
  repeatedVotes,
  splitVotes,
} from './voters.ts';

export { Ear, type Heard } from './ear.ts';
export { Liar } from './liar.ts';

/** A way to be faulty, for all faulty members of a run together. */
export interface Strategy {
  /** One line for people. */
  readonly summary: string;
  readonly make: MindFactory;
}

const bending =
  (name: keyof typeof ADVERSARIES): MindFactory =>
  ({ committee, hasher }) => ({
    participant: (honest) =>
      ADVERSARIES[name].make({ committee, hasher, honest, self: honest.self, report: () => undefined }),
  });

const SINGLE = {
  silent: { summary: 'says nothing', make: () => ({}) },
  'equivocate-half': {
    summary: 'one payload to some, another to the rest, votes to match',
    make: equivocateHalf,
  },
  'equivocate-each': { summary: 'another payload to each member', make: equivocateEach },
  'both-values': { summary: 'both payloads to everybody', make: bothValues },
  'selective-initial': {
    summary: 'the payload to just too few, votes to one victim',
    make: selectiveInitial,
  },
  'stops-midway': {
    summary: 'honest until it ends for good, in the middle of a broadcast',
    make: stopsMidway,
  },
  'forged-initial': { summary: "INITIALs in others' instances", make: forgedInitial },
  'malformed-payload': { summary: 'payloads that are no batch', make: malformedPayload },
  'out-of-order': { summary: 'high instances first', make: outOfOrder },
  'split-votes': { summary: 'one vote to one half, another to the other', make: splitVotes },
  'double-votes': { summary: 'two different votes to everybody', make: doubleVotes },
  'repeated-votes': { summary: 'the same vote many times', make: repeatedVotes },
  'premature-ready': { summary: 'READY for what nobody said, first of all', make: prematureReady },
  'ready-only': { summary: 'READY without ECHO', make: readyOnly },
  'ready-to-one': { summary: 'READY to one member only', make: readyToOne },
  'echo-to-one': { summary: 'ECHO to one member only', make: echoToOne },
  'late-speaker': { summary: 'silent for long, then everything at once', make: lateSpeaker },
  plot: { summary: 'a plan drawn once: which of two things to tell whom, or nothing', make: plot },
  parrot: { summary: 'says what anybody says', make: parrot },
  'wrong-payload': { summary: 'vouches, and hands out other bytes', make: wrongPayload },
  'withhold-payload': { summary: 'vouches, and answers nothing', make: withholdPayload },
  'pull-storm': { summary: 'asks for everything over and over', make: pullStorm },
  'false-done': { summary: 'DONE for what it never had', make: falseDone },
  'false-status': { summary: 'bases from nothing to everything', make: falseStatus },
  'unasked-payload': { summary: 'payloads that nobody asked for', make: unaskedPayload },
  'future-flood': { summary: 'instances far beyond any window', make: futureFlood },
  'fresh-digests': { summary: 'a new digest in every vote', make: freshDigests },
  'big-payloads': { summary: 'the longest payloads in every instance', make: bigPayloads },
  'off-by-one': { summary: "others' votes, a little off", make: offByOne },
  twins: { summary: 'two honest copies under one key', make: twins },
  'amnesia-twins': { summary: 'two copies under one key, one of which forgets', make: amnesiaTwins },
  'bend-equivocate': {
    summary: 'an honest member whose words are bent for every other peer',
    make: bending('equivocate'),
  },
  'bend-withhold': {
    summary: 'an honest member that sends to few and hands out nothing',
    make: bending('withhold'),
  },
} as const satisfies Record<string, Strategy>;

/** Strategies for members that drop what they delivered; not drawn where nobody does. */
const AWAY = {
  'forged-history': {
    summary: 'keeps nothing, and counts wrongly what came before',
    make: forgedHistory,
  },
} as const satisfies Record<string, Strategy>;

/** Lies about payloads that are sent in shards, told where members take those. */
const SHARDED = {
  'crooked-shards': { summary: 'shards with good proofs that are no code word', make: crookedShards },
  'two-code-words': {
    summary: 'shards of two payloads, or of one and another whole, each to a side',
    make: twoCodeWords,
  },
  'few-shards': { summary: 'shards to just too few, and votes by lot', make: fewShards },
  'wrong-shards': {
    summary: "others' shards under another number, bent, with other proofs or names",
    make: wrongShards,
  },
  'shard-flood': { summary: 'a fresh code word at every turn, from all its members', make: shardFlood },
  'malformed-shards': { summary: 'shards of payloads that are no batch', make: malformedShards },
} as const satisfies Record<string, Strategy>;

/** The strategies that know of shards. */
export const SHARDED_STRATEGIES: readonly string[] = Object.keys(SHARDED);

/** Several strategies at once, drawn anew for each run; every act is one of theirs. */
const mixed: MindFactory = (context) => {
  const minds: Mind[] = Array.from({ length: 3 }, () => {
    const { make } = context.prng.pick(Object.values(SINGLE));
    return make(context);
  });
  const shaped = minds.find(({ participant }) => participant !== undefined);
  return {
    observe: (from, to, message) => {
      for (const mind of minds) mind.observe?.(from, to, message);
    },
    act: () => context.prng.pick(minds).act?.(),
    ...(shaped === undefined ? {} : { participant: (honest) => shaped.participant?.(honest) ?? honest }),
  };
};

/** Every strategy by name. */
export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  ...SINGLE,
  ...SHARDED,
  mixed: { summary: 'three of the others at random, colluding', make: mixed },
  ...AWAY,
};

/** The names of those that any campaign may draw. */
export const COMMON_STRATEGIES: readonly string[] = [...Object.keys(SINGLE), 'mixed'];

export type { Mind, MindContext, MindFactory };
