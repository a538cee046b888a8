/**
 * Stands in the place of `vitest` for the tests that judge mutants: they are collected and not run, so that one process
 * can run each of them many times. What a test means to say it says with the real `expect`.
 */
export { expect } from '../../node_modules/vitest/dist/index.js';

export interface Collected {
  readonly name: string;
  readonly run: () => unknown;
}

export const collected: Collected[] = [];
const around: string[] = [];

type Body<Row> = (...row: Row extends readonly unknown[] ? Row : [Row]) => unknown;
/** Vitest takes options before the body; here nothing is timed. */
type Given<Body> = readonly [Body] | readonly [unknown, Body];

function bodyOf<Body>(given: Given<Body>): Body {
  return given.length === 1 ? given[0] : given[1];
}

function titled(name: string, row: unknown): string {
  const first = Array.isArray(row) ? row[0] : row;
  return name.replace(/%[sijdo]/, () => (typeof first === 'object' ? JSON.stringify(first) : String(first)));
}

function called<Row>(body: Body<Row>, row: Row): unknown {
  const spread = body as (...row: readonly unknown[]) => unknown;
  return Array.isArray(row) ? spread(...row) : spread(row);
}

export function test(name: string, ...given: Given<() => unknown>): void {
  collected.push({ name: [...around, name].join(' > '), run: bodyOf(given) });
}

export function describe(name: string, ...given: Given<() => void>): void {
  around.push(name);
  try {
    bodyOf(given)();
  } finally {
    around.pop();
  }
}

test.each =
  <Row>(rows: readonly Row[]) =>
  (name: string, ...given: Given<Body<Row>>): void => {
    for (const row of rows) test(titled(name, row), () => called(bodyOf(given), row));
  };

describe.each =
  <Row>(rows: readonly Row[]) =>
  (name: string, ...given: Given<Body<Row>>): void => {
    for (const row of rows) describe(titled(name, row), () => void called(bodyOf(given), row));
  };
