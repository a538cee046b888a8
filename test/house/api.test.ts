import { expect, test } from 'vitest';
import { rollUp } from '../../scripts/api.mjs';
import { read, tree } from './rules/tree.ts';

const rolledUp = rollUp();

test('there is one file for each entry point and no other', () => {
  expect(tree('api')).toEqual([...rolledUp.keys()].map((name) => `api/${name}`).sort());
});

test.each([...rolledUp])('the public API in api/%s is the reviewed one', (name, text) => {
  expect(read(`api/${name}`), 'run `npm run api` and review the difference').toBe(text);
});
