import { expect, test } from 'vitest';
import { compared } from '../../scripts/mutation/report.mjs';

const PAGE = `
Why these are as good.

- src/stream/cut.ts: \`a\` → \`true\`
- src/stream/cut.ts: \`b\` → \`false\`
- src/stream/fifo.ts: \`a\` → \`true\`

And why the same survives elsewhere.

- src/stream/cut.ts: \`a\` → \`true\`
`;
const CUT = ['src/stream/cut.ts'];
const named = (...names: string[]) => names.map((name) => ({ name: `src/stream/cut.ts: ${name}` }));

test('one line of docs/mutation.md explains one mutant that survives', () => {
  const three = named('`a` → `true`', '`a` → `true` #2', '`a` → `true` #4', '`b` → `false` #3');
  expect(compared(three, CUT, PAGE)).toEqual({ unexplained: named('`a` → `true` #4'), stale: [] });
});

test('a text that begins with an explained one is not explained', () => {
  const longer = named('`b` → `false` && true', '`b');
  expect(compared(longer, CUT, PAGE).unexplained).toEqual(longer);
});

test('lines about mutants that do not survive are told, those about other files are not', () => {
  expect(compared(named('`a` → `true`'), CUT, PAGE).stale).toEqual([
    '- src/stream/cut.ts: `b` → `false`',
    '- src/stream/cut.ts: `a` → `true`',
  ]);
});
