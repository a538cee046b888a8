import * as v from 'valibot';

/** One parameter of a route: how its text becomes a value, and how it is described. */
export interface Field<Value> {
  readonly description: string;
  /** JSON Schema of what may be sent. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Takes the text, or undefined if it was not sent. */
  readonly schema: v.GenericSchema<unknown, Value>;
}

/** Parameters by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What the parameters of `F` become. */
export type Values<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never;
};

/** A text that must be there. */
export function required(description: string, pattern: RegExp, example: string): Field<string> {
  return {
    description,
    json: { type: 'string', pattern: pattern.source, examples: [example] },
    schema: v.pipe(v.string('must be given'), v.regex(pattern, `must look like ${example}`)),
  };
}

/** A text that may be missing. */
export function optional(description: string, pattern: RegExp, example: string): Field<string | undefined> {
  return {
    description,
    json: { type: 'string', pattern: pattern.source, examples: [example] },
    schema: v.optional(v.pipe(v.string(), v.regex(pattern, `must look like ${example}`))),
  };
}

/** One of a few words. */
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
  fallback: NoInfer<Word>,
): Field<Word> {
  return {
    description,
    json: { type: 'string', enum: words, default: fallback },
    schema: v.optional(v.picklist(words, `must be ${listed(words)}`), fallback),
  };
}

/** Some of a few words, separated by commas; all of them if it is missing. */
export function choices<const Word extends string>(
  description: string,
  words: readonly Word[],
): Field<readonly Word[]> {
  const word = v.picklist(words, `must be some of ${words.join(', ')}, separated by commas`);
  return {
    description,
    json: { type: 'string', examples: [words.slice(0, 2).join(',')] },
    schema: v.pipe(
      v.optional(v.string(), words.join(',')),
      v.transform((text) => [...new Set(text.split(','))]),
      v.array(word),
    ),
  };
}

/** A whole number. Without a `fallback` it must be there. */
export function whole(description: string, min: number, max: number, fallback?: number): Field<number> {
  const complaint = `must be a whole number from ${min} to ${max}`;
  const digits = v.pipe(
    v.string(complaint),
    v.regex(/^(0|[1-9][0-9]{0,15})$/, complaint),
    v.transform(Number),
    v.minValue(min, complaint),
    v.maxValue(max, complaint),
  );
  return {
    description,
    json: {
      type: 'integer',
      minimum: min,
      maximum: max,
      ...(fallback === undefined ? {} : { default: fallback }),
    },
    schema: fallback === undefined ? digits : v.optional(digits, `${fallback}`),
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** A length of time such as `500ms`, `10s` or `1m`, as milliseconds. */
export function duration(description: string, maxMs: number, fallback: string): Field<number> {
  const complaint = `must be a length of time such as 500ms or 10s, at most ${maxMs / 1_000}s`;
  return {
    description,
    json: { type: 'string', pattern: '^[0-9]{1,6}(ms|s|m)$', default: fallback },
    schema: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[0-9]{1,6}(ms|s|m)$/, complaint),
        v.transform((text) => Number.parseInt(text, 10) * (UNITS_MS[text.replace(/^[0-9]+/, '')] ?? 0)),
        v.maxValue(maxMs, complaint),
      ),
      fallback,
    ),
  };
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
