import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { quorumcast } from '../cli/harness.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/bracha-consensus.mjs', import.meta.url));

test('the command that the page names runs, and violates nothing', async () => {
  const args = ['sim', 'sweep', '--protocol', EXAMPLE, '--seeds', '1..120', '-j', '1'];
  const { code, stdout } = await quorumcast(args);
  expect(stdout).toMatch(
    /^120 runs of bracha-consensus in .*: nothing violated of agreement, validity, term/,
  );
  expect(code).toBe(0);
});
