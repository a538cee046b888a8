declare const brand: unique symbol;

/** A `Base` that can only be had from the one function that checks it. Costs nothing at run time. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
