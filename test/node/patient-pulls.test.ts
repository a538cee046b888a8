import { expect, test } from 'vitest';
import type { CodedMessage, MemberMessage } from '../../src/codec/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { PatientPulls } from '../../src/node/patient-pulls.ts';

const [self, alice, bob, carol] = new Committee(4, 1).ids as [NodeId, NodeId, NodeId, NodeId];
const digest = new PayloadHasher(portableSha256, new Uint8Array(32)).digest(0, 1, new Uint8Array());

function about(sender: NodeId, instance: number, body: CodedMessage): MemberMessage {
  return { kind: 'instance', sender, instance, body };
}

/** Something long is arriving from those in `coming`. */
function world() {
  const coming = new Set<NodeId>([alice]);
  const sent: [NodeId, MemberMessage][] = [];
  const pulls = new PatientPulls(
    (sender) => coming.has(sender),
    (to, message) => sent.push([to, message]),
  );
  return { coming, sent, pulls };
}

const pull = about(alice, 7, { kind: 'pull', digest });

test('a payload that is on its way is not asked for', () => {
  const { sent, pulls } = world();
  expect(pulls.holds(bob, pull)).toBe(true);
  pulls.tick();
  pulls.delivered(alice, 7);
  for (let i = 0; i < 30; i += 1) pulls.tick();
  expect(sent).toEqual([]);
});

test('nothing is held back where nothing is coming, nor anything but questions', () => {
  const { pulls } = world();
  expect(pulls.holds(bob, about(carol, 7, { kind: 'pull', digest }))).toBe(false);
  expect(pulls.holds(bob, about(alice, 7, { kind: 'echo', digest }))).toBe(false);
  expect(pulls.holds(bob, { kind: 'status', resync: false, bases: [1, 1, 1, 1] })).toBe(false);
});

test('what comes to an end without the payload is followed by the question', () => {
  const { coming, sent, pulls } = world();
  pulls.holds(bob, pull);
  coming.clear();
  pulls.tick();
  pulls.tick();
  expect(sent).toEqual([[bob, pull]]);
});

test('a sender that never comes to an end holds up the question for half a second', () => {
  const { sent, pulls } = world();
  pulls.holds(bob, pull);
  for (let i = 0; i < 9; i += 1) pulls.tick();
  expect(sent).toEqual([]);
  pulls.tick();
  expect(sent).toEqual([[bob, pull]]);
  // The next question, of the next round, waits anew.
  expect(pulls.holds(carol, pull)).toBe(true);
});

test('one holder is asked, not all whose turn came meanwhile', () => {
  const { coming, sent, pulls } = world();
  expect(pulls.holds(bob, pull)).toBe(true);
  coming.clear();
  expect(pulls.holds(carol, pull)).toBe(true);
  pulls.tick();
  expect(sent).toEqual([[bob, pull]]);
});

test('what a peer was to be asked goes with its link; everything goes with the driver', () => {
  const { coming, sent, pulls } = world();
  pulls.holds(bob, pull);
  pulls.holds(self, about(alice, 8, { kind: 'pull', digest }));
  pulls.forget(bob);
  coming.clear();
  pulls.tick();
  expect(sent.map(([to]) => to)).toEqual([self]);
  coming.add(alice);
  pulls.holds(bob, pull);
  pulls.clear();
  coming.clear();
  pulls.tick();
  expect(sent.length).toBe(1);
});
