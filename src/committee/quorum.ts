/**
 * Every threshold of the protocols, named, as integers, in one place. Each holds for every n and f with
 * 0 <= f < n/3, not only for n = 3f+1; `docs/protocols/bracha.md` and `docs/protocols/coded.md` give the reason behind
 * each.
 */
export interface Quorums {
  /**
   * ECHOs of one digest, all members counted, before READY in the 1987 form: floor((n+f)/2) + 1. Any two
   * such sets share f+1 members, hence a correct one. Bracha's Figure 1 prints (n+t)/2; Lemma 1 needs more
   * than that. 2f+1 is the same number at n = 3f+1 only, and unsafe at n = 5, 6, 8, 9.
   */
  readonly echo: number;
  /** READYs of one digest that prove one correct member sent it: f + 1. */
  readonly amplify: number;
  /** READYs of one digest before delivery: 2f + 1, so that f+1 correct ones reach everybody. */
  readonly deliver: number;
  /** ECHOs of one digest, the sender's own not counted, before READY in the early form: ceil((n+f-1)/2). */
  readonly echoEarly: number;
  /**
   * ECHOs of one digest, the sender's own not counted, at which a holder of the payload may deliver after two
   * message delays: `echoEarly` + f - 1 = ceil((n+3f-3)/2). Meaningful for f >= 1 only.
   */
  readonly deliverEarly: number;
  /** Equal DONEs that prove one correct member delivered: f + 1. */
  readonly adopt: number;
  /** Members sure to answer when f are faulty: n - f. Any two such sets share f+1 members, hence a correct one. */
  readonly correct: number;
  /** Equal words that prove a correct member said it first: f + 1. BVAL is repeated then, DECIDE adopted. */
  readonly support: number;
  /** BVALs of one value after which every correct member comes to have as many: 2f + 1. */
  readonly accept: number;
  /** Shares that show a coin: f + 1, so that the liars alone cannot look. */
  readonly coin: number;
  /**
   * Zeros among n-f values, from which a majority of them, ties to 0, is 0: ceil((n-f)/2). [Bracha 1987, step 1]
   * Ones need `majorityOne`; a test that treats both alike refuses honest zeros.
   */
  readonly majorityZero: number;
  /** Ones among n-f values, from which a majority of them, ties to 0, is 1: floor((n-f)/2) + 1. */
  readonly majorityOne: number;
  /** More than half of all members: floor(n/2) + 1. [Bracha 1987, step 2] No two values have as many. */
  readonly moreThanHalf: number;
  /**
   * Shards of the coded form that give back a payload: floor((n-f)/2) + 1; 1 of two members. That is `echo` - f, and
   * as well `echoEarly` - (f-1): so many correct members hold their shard whenever a correct one is READY, in either
   * form. One more could be short for ever; fewer would only make the shards longer.
   */
  readonly dataShards: number;
  /**
   * To how many others of the non-senders a member sends its shard unasked: `dataShards` + f - 1, so that with its own
   * every one of them has enough although f keep theirs to themselves.
   */
  readonly shardReach: number;
  /**
   * Members of an epoch that have to approve the definition that follows it: floor((n+f)/2) + 1. Any two such sets share a
   * correct one, who approves one only.
   */
  readonly approve: number;
  /** Marked values that prove a correct member marked it, so that somebody may have decided: f + 1. [Bracha 1987, step 3] */
  readonly marksToAdopt: number;
  /** Marked values after which every correct member comes to see f + 1: 2f + 1. [Bracha 1987, step 3] */
  readonly marksToDecide: number;
}

/**
 * The thresholds for n members of which at most f are faulty.
 * @throws RangeError with the arithmetic if n or f is not an integer, n < 1, f < 0 or n < 3f+1.
 */
export function quorums(n: number, f: number): Quorums {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`n=${n} is impossible: it must be an integer >= 1`);
  if (!Number.isInteger(f) || f < 0) throw new RangeError(`f=${f} is impossible: it must be an integer >= 0`);
  if (n < 3 * f + 1) {
    throw new RangeError(
      `n=${n}, f=${f} is impossible: n >= 3f+1 = ${3 * f + 1}. ` +
        `Use f=${faultyMax(n)} or add ${3 * f + 1 - n} member${3 * f + 1 - n === 1 ? '' : 's'}`,
    );
  }
  const echoEarly = Math.floor((n + f) / 2);
  return {
    echo: Math.floor((n + f) / 2) + 1,
    amplify: f + 1,
    deliver: 2 * f + 1,
    echoEarly,
    deliverEarly: echoEarly + f - 1,
    adopt: f + 1,
    correct: n - f,
    support: f + 1,
    accept: 2 * f + 1,
    coin: f + 1,
    majorityZero: Math.ceil((n - f) / 2),
    majorityOne: Math.floor((n - f) / 2) + 1,
    moreThanHalf: Math.floor(n / 2) + 1,
    dataShards: n === 2 ? 1 : Math.floor((n - f) / 2) + 1,
    shardReach: Math.floor((n - f) / 2) + f,
    approve: Math.floor((n + f) / 2) + 1,
    marksToAdopt: f + 1,
    marksToDecide: 2 * f + 1,
  };
}

/** The largest f that n members tolerate: ceil(n/3) - 1. */
export function faultyMax(n: number): number {
  return Math.floor((n - 1) / 3);
}
