/**
 * A bug, as a change of one place in the built code. Applied to a copy: the code that runs in production has no
 * branch for it. `find` stands in `file` exactly once.
 */
export interface Mutant {
  readonly name: string;
  /** Relative to the root of the built package. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What is wrong with it, in one line. */
  readonly wrong: string;
  /** Where it is the same as the correct code: committees, forms. It is killed elsewhere. */
  readonly sameWhere?: string;
  /** Why no run can tell it from the correct code by a property. Argued in `docs/laboratory.md`. */
  readonly equivalent?: string;
}
