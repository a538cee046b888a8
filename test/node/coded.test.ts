import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CodedMessage, MemberMessage } from '../../src/codec/index.ts';
import type { Member, Participant } from '../../src/member/index.ts';
import type { RunningNode } from '../../src/node/running-node.ts';
import { connected, Stage, until } from './kit.ts';

const LARGE = 200_000;
const ALL = [0, 1, 2, 3, 4, 5, 6];

/** Different bytes all over, and others for each number. */
function payloadOf(number: number): Uint8Array {
  return Uint8Array.from({ length: LARGE }, (_, at) => at * 7 + (at >> 8) + number);
}

/** An honest member that notes what kinds of messages about instances of member 0 it hears. */
function listening(kinds: Set<CodedMessage['kind']>): (honest: Member) => Participant {
  return (honest) => {
    const handle = honest.handle.bind(honest);
    honest.handle = (from, message: MemberMessage) => {
      if (message.kind === 'instance' && message.sender === 0) kinds.add(message.body.kind);
      return handle(from, message);
    };
    return honest;
  };
}

async function payloadAt(node: RunningNode, seq: number): Promise<Uint8Array> {
  const delivery = await node.deliveries({ from: 'start' }).next();
  expect(delivery.value).toMatchObject({ sender: 0, seq });
  return delivery.value?.payload ?? new Uint8Array(0);
}

test('among seven, a large payload goes out in shards and a small one whole', async () => {
  const stage = new Stage({ members: 7 });
  const kinds = new Set<CodedMessage['kind']>();
  const nodes: RunningNode[] = [];
  for (const index of ALL.toReversed()) {
    const internals = index === 1 ? { participant: listening(kinds) } : {};
    nodes.unshift(await stage.start(index, {}, internals));
  }
  await until(() => nodes.every((node) => connected(node) === 6));
  const [sender, ...others] = nodes;
  const sent = await sender?.broadcast(payloadOf(1), { waitFor: 'delivered' });
  expect(sent?.seq).toBe(1);
  for (const node of others) expect(await payloadAt(node, 1)).toEqual(payloadOf(1));
  expect(kinds.has('initial')).toBe(false);
  expect([kinds.has('dispersal'), kinds.has('shard')]).toEqual([true, true]);
  await sender?.broadcast('small', { waitFor: 'delivered' });
  await until(() => kinds.has('initial'));
});

test('a member that was away gets what was sent in shards from the logs of the others', async () => {
  const stage = new Stage({ members: 7 });
  const durable = (index: number) => ({ dataDir: join(stage.folder, `data-${index}`) });
  const [sender] = await stage.startAll(durable, ALL.slice(0, 6));
  await sender.broadcast(payloadOf(1), { waitFor: 'delivered' });
  await sender.broadcast('after it', { waitFor: 'delivered' });
  const late = await stage.start(6, durable(6));
  const read: string[] = [];
  for await (const delivery of late.deliveries({ from: 'start' })) {
    if (delivery.seq === 1) expect(delivery.payload).toEqual(payloadOf(1));
    else read.push(delivery.text());
    if (delivery.seq === 2) break;
  }
  expect(read).toEqual(['after it']);
});

test('a log with a payload that came in shards is read after a restart', async () => {
  const stage = new Stage({ members: 7 });
  const durable = (index: number) => ({ dataDir: join(stage.folder, `data-${index}`) });
  const [sender, second] = await stage.startAll(durable);
  await sender.broadcast(payloadOf(3), { waitFor: 'delivered' });
  expect(await payloadAt(second as RunningNode, 1)).toEqual(payloadOf(3));
  await second?.close();
  const again = await stage.start(1, durable(1));
  expect(await payloadAt(again, 1)).toEqual(payloadOf(3));
});
