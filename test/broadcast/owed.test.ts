import { describe, expect, test } from 'vitest';
import { Bracha, rulesOf } from '../../src/broadcast/index.ts';
import { Committee } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';

const committee = new Committee(4, 1);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const payload = Uint8Array.of(1, 2, 3);
const digest = hasher.digest(0, 1, payload);
const other = hasher.digest(0, 2, payload);
const p0 = committee.member(0);
const p2 = committee.member(2);
const p3 = committee.member(3);

function open(self: number): Bracha {
  return new Bracha({
    committee,
    self: committee.member(self),
    sender: p0,
    rules: rulesOf(committee, 'early'),
    digestOf: (bytes) => hasher.digest(0, 1, bytes),
    valid: () => true,
    payloadBytesMax: 100,
  });
}

/** Member 0 right after its own proposal, or member 1 after the INITIAL: both have said ECHO. */
function echoed(self: 0 | 1): Bracha {
  const machine = open(self);
  if (self === 0) machine.propose(payload);
  machine.handle(p0, { kind: 'initial', payload });
  machine.handle(committee.member(self), { kind: 'echo', digest });
  return machine;
}

const owed = (machine: Bracha, peer: typeof p0): string[] => machine.owedTo(peer).map(({ kind }) => kind);

describe('what a member still owes a peer', () => {
  test('the sender owes INITIAL until the peer has said ECHO', () => {
    const machine = echoed(0);
    expect(owed(machine, p2)).toEqual(['initial', 'echo']);
    machine.handle(p2, { kind: 'echo', digest });
    expect(owed(machine, p2)).toEqual(['echo']);
    expect(owed(machine, p3)).toEqual(['initial', 'echo']);
  });

  test('ECHO is owed to a peer that said READY: it may lack the payload, and ECHO tells it whom to ask', () => {
    const machine = echoed(1);
    machine.handle(p2, { kind: 'ready', digest });
    expect(owed(machine, p2)).toEqual(['echo']);
  });

  test('nothing is owed once the peer has said DONE, and not a vote sooner', () => {
    const machine = echoed(1);
    machine.handle(p2, { kind: 'ready', digest });
    machine.handle(p3, { kind: 'ready', digest });
    expect(owed(machine, p2)).toEqual(['echo', 'ready']);
    machine.handle(p2, { kind: 'done', digest });
    expect(owed(machine, p2)).toEqual([]);
    expect(owed(machine, p3)).toEqual(['echo', 'ready']);
  });

  test('delivery here ends nothing that is owed there', () => {
    const machine = echoed(1);
    machine.handle(p2, { kind: 'echo', digest });
    expect(machine.terminated).toBe(true);
    expect(owed(machine, p3)).toEqual(['echo', 'ready']);
  });

  test('a peer that echoed something else still needs what was said here', () => {
    const machine = echoed(1);
    machine.handle(p2, { kind: 'echo', digest: other });
    expect(owed(machine, p2)).toEqual(['echo']);
  });
});
