import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parseStrictJson, StrictJsonError } from '../src/node/strict-json.ts';

const schema = v.object({
  listen: v.string(),
  limits: v.optional(v.object({ payloadBytes: v.optional(v.number(), 5) }), {}),
  tags: v.optional(v.array(v.object({ name: v.string() })), []),
});

function read(text: string, comments = true) {
  return parseStrictJson(text, 'quorumcast.json', schema, {
    code: 'ERR_CONFIG',
    hint: 'run `quorumcast config check`',
    comments,
    check: ({ listen }, report) => {
      if (listen === 'nowhere') report(['listen'], '"listen" leads nowhere');
    },
  });
}

function refusalOf(text: string, comments = true): StrictJsonError {
  try {
    read(text, comments);
  } catch (error) {
    if (error instanceof StrictJsonError) return error;
    throw error;
  }
  return expect.fail('it was accepted');
}

describe('strict JSON', () => {
  test('fills in defaults, and allows comments where people write', () => {
    expect(read('// mine\n{ "listen": "a", /* one */ "tags": [{ "name": "x" },], }')).toEqual({
      listen: 'a',
      limits: { payloadBytes: 5 },
      tags: [{ name: 'x' }],
    });
    expect(refusalOf('{ "listen": "a", }', false).problems).toHaveLength(1);
  });

  test('names every unknown key, at any depth, and suggests what is near', () => {
    const text =
      '{\n  "listen": "a",\n  "limit": {},\n  "limits": { "payloadBites": 1 },\n  "tags": [{ "name": "x", "zebra": 1 }]\n}';
    const error = refusalOf(text);
    expect(error).toMatchObject({
      code: 'ERR_CONFIG',
      fileName: 'quorumcast.json',
      hint: 'run `quorumcast config check`',
    });
    expect(error.problems).toEqual([
      { line: 3, column: 3, message: 'unknown key "limit"; did you mean "limits"?' },
      { line: 4, column: 15, message: 'unknown key "payloadBites"; did you mean "payloadBytes"?' },
      { line: 5, column: 27, message: 'unknown key "zebra"' },
    ]);
    expect(error.message.split('\n')[0]).toBe(
      'quorumcast.json:3:3 unknown key "limit"; did you mean "limits"?',
    );
  });

  test('tells so many problems and no more, whatever somebody sends', () => {
    const keys = Array.from({ length: 60_000 }, (_, i) => `"k${i}":0`).join(',');
    expect(refusalOf(`{${keys}}`).problems).toHaveLength(64);
  });

  test('tells rules across values only of what fits the form', () => {
    expect(refusalOf('{ "listen": "nowhere" }').message).toBe('quorumcast.json:1:13 "listen" leads nowhere');
    expect(refusalOf('{ "listen": "nowhere", "x": 1 }').problems).toHaveLength(1);
  });

  test('counts lines as editors do, whatever their ends', () => {
    expect(refusalOf('{\r\n  "listen": 1\r\n}').problems).toMatchObject([{ line: 2, column: 13 }]);
    expect(refusalOf('\ufeff{ "listen": 1 }').problems).toHaveLength(1);
  });

  test.each([
    'null',
    '1',
    '"x"',
    'true',
    '[]',
    '{',
    '}',
    '"',
    '\u0000',
    '[[[[',
    '{"a"',
    '{"a":',
    '// only a comment',
  ])('refuses %j in words', (text) => {
    expect(refusalOf(text).problems.length).toBeGreaterThan(0);
  });
});
