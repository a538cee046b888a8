import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchToken } from '../../src/cli/token-watch.ts';
import { temporaryFolder, until } from './harness.ts';

test('a new token counts once the file has it; an unfit one is refused, and told', async () => {
  const path = join(temporaryFolder(), 'token');
  writeFileSync(path, 'the_first_token_long_enough');
  const taken: string[] = [];
  const lines: string[] = [];
  const http = {
    setToken: (token: string) => {
      if (token.length < 16) throw new Error('too short');
      taken.push(token);
    },
  };
  const note = (event: string): void => void lines.push(event);
  const current = 'the_first_token_long_enough';
  onTestFinished(watchToken(path, current, http, { info: note, error: note }));
  // As secrets are exchanged: another file takes the place of the first.
  writeFileSync(`${path}.new`, 'the_second_token_is_this\n');
  renameSync(`${path}.new`, path);
  await until('the token is taken', () => taken.length > 0);
  expect(taken).toEqual(['the_second_token_is_this']);
  writeFileSync(path, 'short');
  await until('it is refused', () => lines.length > 1);
  expect(lines).toEqual(['config.reloaded', 'config.not-reloaded']);
  expect(taken).toHaveLength(1);
});
