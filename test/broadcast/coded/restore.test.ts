import { describe, expect, test } from 'vitest';
import { type Coded, witness } from '../../../src/broadcast/index.ts';
import type { CodedMessage } from '../../../src/codec/index.ts';
import { keptIn, Setting, X, Y } from './kit.ts';

const seven = new Setting(7);
const payload = (bytes: Uint8Array): CodedMessage => ({ kind: 'payload', payload: bytes });
const initial = (bytes: Uint8Array): CodedMessage => ({ kind: 'initial', payload: bytes });
const vote = (kind: 'echo' | 'ready', name: 'X' | 'Y' | 'crooked' | 'whole X'): CodedMessage => ({
  kind,
  digest: seven.digest(name),
});
const restore = (machine: Coded, said: readonly CodedMessage[]): string[] =>
  seven.told(machine.restore(said));

/** What member 1 keeps of its shard. */
function ownShard(name: 'X' | 'crooked' = 'X', self = 1): Uint8Array {
  return keptIn(seven.member(self).handle(seven.p(0), seven.words[name].shardOf(self)));
}

describe('a member that vouched for its shard', () => {
  function again(more: readonly CodedMessage[] = []): Coded {
    const member = seven.member(1);
    expect(restore(member, [payload(ownShard()), vote('echo', 'X'), ...more])).toEqual([]);
    return member;
  }

  test('has it, and says nothing anew', () => {
    const member = again();
    expect(seven.held(member)).toEqual(['X of 1']);
    expect(seven.owed(member, 2)).toEqual(['echo X', 'shard X of 1']);
    expect(seven.pull(member, 6, 'X')).toEqual(['p6: shard X of 1']);
    expect(seven.shards(member, 1, 'X', [0])).toEqual([]);
    expect(member.snapshot()).toMatchObject({ announced: seven.digest('X'), closed: false });
    expect(member.likelyPayload).toBeUndefined();
  });

  test('holds the sender to it', () => {
    expect(seven.handle(again(), 0, seven.dispersal('X'))).toEqual([]);
    expect(seven.handle(again(), 0, seven.dispersal('Y'))).toEqual(['fault p0 equivocation']);
    expect(seven.shards(again(), 1, 'Y', [0])).toEqual(['fault p0 equivocation']);
  });

  test('goes on where it was', () => {
    const member = again([vote('ready', 'X')]);
    expect(seven.shards(member, 1, 'X', [2, 3])).toEqual([]);
    expect(seven.votes(member, 'done', 'X', [2, 3, 4])).toEqual(['keep X: X instead', 'output X: X']);
  });

  test('finds it among all that it spoke of', () => {
    const member = seven.member(1);
    expect(restore(member, [payload(ownShard()), vote('ready', 'Y'), vote('echo', 'X')])).toEqual([]);
    expect(seven.held(member)).toEqual(['X of 1']);
  });

  test('does not take the shard of another for its own, nor one that it did not speak of', () => {
    for (const said of [
      [payload(ownShard('X', 2)), vote('echo', 'X')],
      [payload(ownShard('crooked')), vote('echo', 'X')],
      [payload(ownShard())],
    ]) {
      const member = seven.member(1);
      restore(member, said);
      expect(seven.held(member)).toEqual([]);
      expect(member.snapshot().announced).toBeUndefined();
    }
  });
});

describe('a member that had the payload, or what shows that there is none', () => {
  test('delivers it when that is decided, and keeps it no second time', () => {
    const member = seven.member(1);
    expect(restore(member, [payload(X), vote('echo', 'X'), vote('ready', 'X')])).toEqual([]);
    expect(seven.held(member), 'its shard is made again').toEqual(['X of 1']);
    expect(seven.votes(member, 'done', 'X', [2, 3, 4])).toEqual(['output X: X']);
  });

  test('delivers nothing by what it kept', () => {
    const { crooked } = seven.words;
    const shards = new Map([1, 2, 3].map((id) => [id, crooked.shardOf(id)]));
    const member = seven.member(1);
    const said = [payload(witness(seven.coding, shards)), vote('echo', 'crooked'), vote('ready', 'crooked')];
    expect(restore(member, said)).toEqual([]);
    expect(seven.held(member)).toEqual([]);
    // The sender is a liar by what is here, whatever it gives; its shard is taken like any.
    expect(seven.shards(member, 1, 'crooked', [0])).toEqual(['fault p0 equivocation']);
    expect(seven.held(member)).toEqual(['crooked of 1']);
    expect(seven.votes(member, 'done', 'crooked', [2, 3, 4])).toEqual([
      'output crooked: nothing 0 by witness',
      'fault p0 inconsistent-shards',
    ]);
  });

  test('delivers what else is decided', () => {
    const member = seven.member(1);
    restore(member, [payload(X), vote('echo', 'X')]);
    seven.shards(member, 1, 'Y', [2, 3, 4]);
    expect(seven.votes(member, 'done', 'Y', [2, 3, 4])).toEqual([
      'all: ready Y',
      'keep Y: Y instead',
      'output Y: Y',
      'fault p0 equivocation',
    ]);
  });

  test('knows a payload that came whole by its own digest', () => {
    const member = seven.member(1);
    expect(restore(member, [payload(X), vote('echo', 'whole X')])).toEqual([]);
    expect([seven.held(member), seven.owed(member, 2)]).toEqual([[], ['echo whole X']]);
    expect(seven.pull(member, 2, 'whole X')).toEqual(['p2: payload X']);
  });
});

describe('the sender after a restart', () => {
  test('goes on with the code word that it announced', () => {
    const sender = seven.member(0, { codes: () => false });
    expect(restore(sender, [payload(X), seven.dispersal('X')])).toEqual(['all: echo X']);
    expect(seven.owed(sender, 2)).toEqual(['dispersal X (5)', 'shard X of 2', 'echo X']);
    expect(seven.pull(sender, 4, 'X')).toEqual(['p4: shard X of 4']);
    expect(() => sender.propose(Y)).toThrow('this instance has its payload already');
    expect(sender.snapshot().announced).toBeUndefined();
    expect(seven.held(sender)).toEqual([]);
    expect(seven.votes(sender, 'done', 'X', [2, 3, 4])).toEqual(['all: ready X', 'output X: X']);
  });

  test('says ECHO once', () => {
    const sender = seven.member(0);
    expect(restore(sender, [payload(X), seven.dispersal('X'), vote('echo', 'X')])).toEqual([]);
    expect(seven.owed(sender, 2)).toEqual(['dispersal X (5)', 'shard X of 2', 'echo X']);
  });

  test('is free to choose the form of a payload that nothing was said about', () => {
    const coded = seven.member(0);
    expect(restore(coded, [initial(X)])).toEqual(['all: echo X']);
    expect(seven.owed(coded, 2)).toEqual(['dispersal X (5)', 'shard X of 2', 'echo X']);
    const whole = seven.member(0, { codes: () => false });
    expect(restore(whole, [initial(X)])).toEqual(['all: echo whole X']);
    expect(seven.owed(whole, 2)).toEqual(['initial X', 'echo whole X']);
    for (const sender of [coded, whole])
      expect(() => sender.propose(Y)).toThrow('this instance has its payload already');
    for (const sender of [coded, whole]) expect(seven.pull(sender, 3, 'Y')).toEqual([]);
    expect(seven.owed(coded, 2)).toEqual(['dispersal X (5)', 'shard X of 2', 'echo X']);
  });

  test('what it kept without a proposal on record is none', () => {
    const sender = seven.member(0);
    expect(restore(sender, [payload(X), vote('echo', 'whole X')])).toEqual([]);
    expect(seven.owed(sender, 2)).toEqual(['echo whole X']);
    expect(seven.told(sender.propose(Y))[1]).toBe('all: dispersal Y (5)');
  });

  test('goes on with what went whole', () => {
    const sender = seven.member(0);
    expect(restore(sender, [initial(X), vote('echo', 'whole X')])).toEqual([]);
    expect(seven.owed(sender, 2)).toEqual(['initial X', 'echo whole X']);
  });

  test('may still propose if nothing is on record', () => {
    const sender = seven.member(0);
    expect(restore(sender, [])).toEqual([]);
    expect(seven.told(sender.propose(X))[1]).toBe('all: dispersal X (5)');
  });
});
