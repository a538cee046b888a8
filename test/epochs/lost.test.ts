import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeBatch, encodeEnd, encodeFrame } from '../../src/codec/index.ts';
import {
  nextCluster,
  parseClusterDefinition,
  requireSuccessor,
  supersedes,
} from '../../src/node/cluster/index.ts';
import { type EpochNode, surveyEpochs } from '../../src/node/epochs/index.ts';
import { generateIdentity, type Identity, makeCard } from '../../src/node/identity/index.ts';
import { errorOf, until } from '../node/kit.ts';
import { addressesOf, moved, NAMES, Stage, scene } from './kit.ts';

// Members that are gone, and a change that does without them.

/** p3 is given up, and comes back with this key. */
const replacing = (stage: Stage, key: Identity): ReturnType<Stage['next']> =>
  stage.next({ givenUp: ['p3'], cards: [makeCard(key, addressesOf(stage, 'p3'))] }, [key]);

/** What a node delivered so far: "p1#3 text". */
async function log(node: EpochNode): Promise<string[]> {
  const seen: string[] = [];
  const { delivered } = node.status();
  for await (const delivery of node.deliveries()) {
    seen.push(`${delivery.senderName}#${delivery.seq} ${delivery.text()}`);
    if (seen.length === delivered) break;
  }
  return seen;
}

/** By sender, in order: deliveries of different senders stand in no common order. */
const bySender = (seen: readonly string[], name: string): string[] =>
  seen.filter((text) => text.startsWith(`${name}#`));

test('one that lost its disk is given up, and comes back with a new key: nothing is lost, nothing comes twice', {
  timeout: 90_000,
}, async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  let going = true;
  const sent: string[] = [];
  const load = [p0, p1, p2].map(async (node) => {
    for (let k = 0; going; k += 1) {
      const { seq } = await node.broadcast(`${node.name}-${k}`);
      sent.push(`${node.name}#${seq} ${node.name}-${k}`);
    }
  });
  const words = (async () => {
    for (let k = 0; k < 400; k += 1) await p3.broadcast(`p3-${k}`);
  })().catch(() => undefined);
  await until(() => sent.length > 30);
  await p3.close({ timeoutMs: 0 });
  await words;
  rmSync(join(stage.folder, 'p3'), { recursive: true });

  // A change that needs everybody waits for it, and says what to do.
  await p0.changeEpoch(moved(stage));
  await until(() => p0.epochs().next?.members.filter(({ ended }) => ended).length === 3);
  expect(p0.epochs().next?.reasons.at(-1)).toBe(
    'if p3 will not come back: make a file that gives it up, quorumcast cluster next --give-up p3',
  );
  const newKey = generateIdentity('p3');
  const next = replacing(stage, newKey);
  await p0.changeEpoch(next);
  expect(p0.epochs().next).toMatchObject({ digest: next.shortDigest, givenUp: ['p3'] });
  const joining = stage.start('p3', { cluster: next, identity: newKey });
  await until(() => [p0, p1, p2].every((node) => node.cluster.epoch === 2), 20_000);
  const back = await joining;
  expect(back.cluster.epoch).toBe(2);
  const atTurn = sent.length;
  await until(() => sent.length > atTurn + 30);
  going = false;
  await Promise.all(load);
  const before = p0.status().streams[3]?.delivered ?? 0;
  const hello = await back.broadcast('back again', { waitFor: 'delivered' });
  // Its messages are numbered on.
  expect(hello.seq).toBe(before + 1);
  const others = [p0, p1, p2];
  await until(() => others.every((node) => node.status().delivered === p0.status().delivered), 20_000);
  await until(() => others.every((node) => node.status().streams[3]?.delivered === before + 1));
  const logs = await Promise.all(others.map(log));
  for (const seen of logs) {
    for (const name of NAMES) {
      expect(bySender(seen, name)).toEqual(bySender(logs[0] ?? [], name));
      const numbers = bySender(seen, name).map((text) => Number(/#(\d+)/.exec(text)?.[1]));
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
    expect(sent.filter((text) => !seen.includes(text))).toEqual([]);
  }

  // Both definitions stand in the directory; the one that came to nothing is passed over, also after a restart.
  await p0.close();
  const again = await stage.start('p0');
  expect(again.cluster.epoch).toBe(2);
  expect(again.cluster.digest).toBe(next.shortDigest);
  expect(await surveyEpochs(join(stage.folder, 'p0'))).toMatchObject({
    present: { epoch: 2 },
    next: undefined,
  });
});

test('a member that is started again in the midst of it says nothing else, and goes along', {
  timeout: 90_000,
}, async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  await Promise.all(nodes.map((node) => node.broadcast(`${node.name} was here`, { waitFor: 'delivered' })));
  await p3.close({ timeoutMs: 0 });
  const next = stage.next({ givenUp: ['p3'] });
  // One of three holds it up, so that the others can be stopped on the way.
  Object.assign(p2.current, { end: () => undefined });
  await p0.changeEpoch(next);
  await until(() => p0.epochs().next?.members.filter(({ ended }) => ended).length === 2);
  await p0.close();
  expect(await surveyEpochs(join(stage.folder, 'p0'))).toMatchObject({
    present: { epoch: 1 },
    next: { epoch: 2 },
  });
  const again = await stage.start('p0');
  await p2.close();
  const [p2Again] = await Promise.all([stage.start('p2')]);
  const all = [again, p1, p2Again];
  await until(() => all.every((node) => node.cluster.epoch === 2), 20_000);
  await again.broadcast('three are left', { waitFor: 'delivered' });
  expect(bySender(await log(again), 'p3')).toEqual(['p3#1 p3 was here']);
});

test('one that went after its END was delivered, without a word that it has all, is given up as well', {
  timeout: 90_000,
}, async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  const end = p2.current.end.bind(p2.current);
  Object.assign(p2.current, { end: () => undefined });
  const first = moved(stage);
  await p0.changeEpoch(first);
  await until(() =>
    [p0, p1, p2].every((node) => node.epochs().next?.members.filter(({ ended }) => ended).length === 3),
  );
  await p3.close({ timeoutMs: 0 });
  end(first.digest);
  const word = 'p3 has not said that it delivered all of epoch 1';
  await until(() =>
    [p0, p1, p2].every((node) => node.epochs().next?.reasons.some((why) => why.startsWith(word)) === true),
  );
  Object.assign(p2.current, { end });
  const next = stage.next({ givenUp: ['p3'] });
  await p1.changeEpoch(next);
  await until(() => [p0, p1, p2].every((node) => node.cluster.digest === next.shortDigest), 40_000);
  await p0.broadcast('on we go', { waitFor: 'delivered' });
});

test('where one had gone over already before it was given up, all others follow that one', {
  timeout: 90_000,
}, async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  // p3 says to p0 alone that it has all, and is gone before it goes over itself.
  const nothing = NAMES.map(() => 1);
  for (const node of [p1, p2]) {
    const basesOf = node.current.member.basesOf.bind(node.current.member);
    Object.assign(node.current.member, {
      basesOf: (peer: number) => (peer === p3.id ? nothing : basesOf(p0.id)),
    });
  }
  Object.assign(p3.current.member, { basesOf: () => nothing });
  const first = moved(stage);
  await p0.changeEpoch(first);
  await until(() => p0.cluster.epoch === 2, 20_000);
  await p3.close({ timeoutMs: 0 });
  expect([p1, p2].map((node) => node.cluster.epoch)).toEqual([1, 1]);
  // The others cannot know, and give it up. That comes to nothing: p0 never ends for it.
  await p1.changeEpoch(stage.next({ givenUp: ['p3'] }));
  await until(() => [p1, p2].every((node) => node.cluster.digest === first.shortDigest), 60_000);
  await p1.broadcast('after it', { waitFor: 'delivered' });
});

test('what one said after its END, to some and not to others, holds nobody up once it is given up', {
  timeout: 60_000,
}, async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  await p2.close();
  const say = (instance: number, payload: Uint8Array): void => {
    const message = {
      kind: 'instance',
      sender: p3.id,
      instance,
      body: { kind: 'initial', payload },
    } as const;
    for (const { id } of [p0, p1]) p3.current.send(id, encodeFrame(1, message));
  };
  // Two have decided what comes after the END before that is there. No third one is given it any more.
  say(2, encodeBatch([Uint8Array.of(1)]));
  const at = [p0, p1].map((node) => node.current.member);
  await until(() => at.every((member) => member.open(p3.id)[0]?.view.phase === 'delivered'));
  say(1, encodeEnd(new Uint8Array(32).fill(7)));
  await until(() => at.every((member) => member.streams()[p3.id]?.ended !== undefined));
  const p2Again = await stage.start('p2');
  await until(() => p2Again.current.member.streams()[p3.id]?.ended !== undefined);
  await p3.close({ timeoutMs: 0 });
  await p0.changeEpoch(stage.next({ givenUp: ['p3'] }));
  const all = [p0, p1, p2Again];
  await until(() => all.every((node) => node.cluster.epoch === 2), 20_000);
  await p2Again.broadcast('all three go on', { waitFor: 'delivered' });
  await until(() => all.every((node) => node.status().delivered === 1));
  for (const node of all) expect(await log(node)).toEqual(['p2#1 all three go on']);
});

test('who is given up is told so, whether it runs or starts; a file that gives up fewer comes too late', {
  timeout: 60_000,
}, async () => {
  const { stage, nodes } = await scene();
  const [p0, , , p3] = nodes;
  const next = replacing(stage, generateIdentity('p3'));
  const own = await errorOf(() => p3.changeEpoch(next));
  expect(own).toMatchObject({ code: 'ERR_NOT_A_MEMBER' });
  expect(own.message).toMatch(
    /^epoch 2 \(.*\) gives "p3" up: the others go on without this key and this log$/,
  );
  // Both at once: the one that gives up more is in force, and both are noted.
  await Promise.all([p0.changeEpoch(moved(stage)), p0.changeEpoch(next)]);
  expect(p0.epochs().next?.digest).toBe(next.shortDigest);
  const fewer = await errorOf(() => p0.changeEpoch(moved(stage)));
  expect(fewer).toMatchObject({ code: 'ERR_CLUSTER_MISMATCH' });
  expect(fewer.message).toContain('a member ends an epoch once');
  // It is up, and answers until the others have gone.
  await until(() => nodes.slice(0, 3).every((node) => node.cluster.epoch === 2), 20_000);
  const found = await surveyEpochs(join(stage.folder, 'p0'));
  expect(found).toMatchObject({ present: { epoch: 2, digest: next.shortDigest }, next: undefined });
  await p3.close();
  const start = await errorOf(() => stage.start('p3', { cluster: next }));
  expect(start).toMatchObject({ code: 'ERR_NOT_A_MEMBER' });
});

test('what cannot be given up is refused, when it is proposed and when it is handed over', async () => {
  const stage = await Stage.make(NAMES);
  const { before } = stage;
  const card = makeCard(stage.key('p3'), addressesOf(stage, 'p3'));
  const wrong = [
    [{ givenUp: ['p2', 'p3'] }, /^2 members are given up \(p2, p3\); of 4 there may be 1/],
    [{ givenUp: ['p9'] }, /^"p9" is no member/],
    [{ givenUp: ['p3'], cards: [card] }, /^"p3" is given up, and its old key is that of "p3" in epoch 2/],
  ] as const;
  for (const [changes, message] of wrong) {
    const refused = await errorOf(() => Promise.resolve().then(() => nextCluster(before, changes)));
    expect(refused).toMatchObject({ code: 'ERR_USAGE' });
    expect(refused.message).toMatch(message);
  }
  const good = nextCluster(before, { givenUp: ['p3'] });
  expect([good.givenUp, good.members.length, good.committee.f]).toEqual([['p3'], 3, 0]);
  // The file of epoch 3 says nothing of it.
  expect(nextCluster(good, {}).givenUp).toEqual([]);
  const forged = JSON.parse(JSON.stringify(stage.next({ givenUp: ['p3'] })));
  const bad = parseClusterDefinition(JSON.stringify({ ...forged, givenUp: ['p9'] }), 'forged');
  expect(() => requireSuccessor(before, bad)).toThrow(/"p9" is given up and is no member of epoch 1/);
  expect(() => parseClusterDefinition(JSON.stringify({ ...forged, givenUp: ['p3', 'p3'] }), 'x')).toThrow(
    /stands there twice/,
  );
  expect(supersedes(good, nextCluster(before, {}))).toBe(true);
  expect(supersedes(nextCluster(before, {}), good)).toBe(false);
  expect(supersedes(good, nextCluster(before, { givenUp: ['p2'] }))).toBe(false);
});
