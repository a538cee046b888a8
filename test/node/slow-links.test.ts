import { assert, expect, test } from 'vitest';
import { peerFinding } from '../../src/cli/doctor/peers.ts';
import { Committee } from '../../src/committee/index.ts';
import { slowness } from '../../src/node/index.ts';

const MIB = 1_048_576;

test.each([
  [{ connected: true, rttMs: 40, queuedBytes: 3 * MIB }, undefined],
  [{ connected: true, rttMs: undefined, queuedBytes: 0 }, undefined],
  [{ connected: true, rttMs: 999, queuedBytes: 8 * MIB - 1 }, undefined],
  [{ connected: true, rttMs: 2_340, queuedBytes: 0 }, 'a round trip takes 2.3 s'],
  [{ connected: true, rttMs: 2, queuedBytes: 8 * MIB }, '8 MiB wait for it'],
  [{ connected: true, rttMs: 61_000, queuedBytes: 31 * MIB }, 'a round trip takes 61 s, 31 MiB wait for it'],
  // Why it is away is said elsewhere.
  [{ connected: false, rttMs: 5_000, queuedBytes: 9 * MIB }, undefined],
])('%o is slow because %s', (peer, why) => {
  expect(slowness(peer)).toBe(why);
});

test('doctor warns of a slow link, and says what to look at', () => {
  const [, , id = assert.fail()] = new Committee(4, 1).ids;
  const view = { id, name: 'p2', address: '127.0.0.1:7402', connected: true, sinceMs: 9_000, reason: '' };
  const rest = { reconnects: 0, sentBytes: 0, receivedBytes: 0, limited: 0, bases: [] };
  const finding = peerFinding({ ...view, ...rest, rttMs: 3_000, queuedBytes: 0 });
  expect(finding).toMatchObject({ level: 'warn', subject: 'p2' });
  expect(finding.message).toContain('the link is slow: a round trip takes 3.0 s');
  expect(finding.hint).toContain('bandwidth');
  expect(peerFinding({ ...view, ...rest, rttMs: 3, queuedBytes: 0 }).level).toBe('ok');
  const storming = peerFinding({ ...view, ...rest, rttMs: 3, queuedBytes: 0, limited: 17 });
  expect(storming).toMatchObject({ level: 'warn', subject: 'p2' });
  expect(storming.message).toContain('it asked for more than a member needs, 17 times');
});
