import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher } from '../../src/crypto/index.ts';
import type { Member, MemberEffect, MemberMemory, Participant } from '../../src/member/index.ts';
import { nativeSha256 } from '../../src/node/index.ts';
import type { StoreMemory, StoreRecord } from '../../src/node/store/index.ts';
import { type Durable, isDurable, SimulatedDisk } from '../../src/simulator/disk.ts';
import { Host, Network } from '../../src/simulator/index.ts';
import { crashImage, HASTY_DISK, lay } from './images.ts';
import { CLUSTER, COMMITTEE, legible, openStore, SELF, temporaryDirectory } from './kit.ts';

/** What one member wrote in the turns of a run, one group a turn. */
function groupsOf(seed: number): Durable[][] {
  const groups: Durable[][] = [];
  const hosts = COMMITTEE.ids.map((id) => hostOf(id, id === SELF ? groups : []));
  const network = new Network(hosts, COMMITTEE.ids, seed, () => undefined);
  for (const a of COMMITTEE.ids) for (const b of COMMITTEE.ids) if (a < b) network.connect(a, b);
  const prng = new Prng(seed);
  for (let step = 0; step < 400; step += 1) {
    if (prng.chance(1, 8)) network.turn(prng.pick(COMMITTEE.ids), submitting(step));
    else network.step();
  }
  return groups;
}

const submitting = (step: number) => (host: Host) =>
  host.turn((member) => {
    member.submit(new TextEncoder().encode(`message of step ${step}`));
    return [];
  });

function hostOf(self: NodeId, groups: Durable[][]): Host {
  const hasher = new PayloadHasher(nativeSha256, CLUSTER);
  const limits = { ...LIMITS_DEFAULT, window: 8, messagesPerInstance: 3 };
  return new Host({
    epoch: 1,
    member: { committee: COMMITTEE, self, form: 'early', limits, hasher },
    corrupt: (member) => listeningTo(member, groups),
  });
}

/** The member as it is; what it makes durable is noted, a group for each flush. */
function listeningTo(member: Member, groups: Durable[][]): Participant {
  let group: Durable[] = [];
  const noted = (effects: readonly MemberEffect[]): readonly MemberEffect[] => {
    group.push(...effects.filter(isDurable));
    return effects;
  };
  return {
    restore: (memory) => noted(member.restore(memory)),
    submit: (message) => member.submit(message),
    handle: (from, message) => noted(member.handle(from, message)),
    linkUp: (peer) => noted(member.linkUp(peer)),
    linkDown: (peer) => member.linkDown(peer),
    tick: () => noted(member.tick()),
    flush: () => {
      const effects = noted(member.flush());
      if (group.length > 0) groups.push(group);
      group = [];
      return effects;
    },
  };
}

/** As the node's driver writes it. */
function recordOf(effect: Durable): StoreRecord {
  if (effect.kind === 'keep') return { kind: 'keep', digest: effect.digest, payload: effect.payload };
  if (effect.kind === 'said') return effect;
  if (effect.kind === 'skip') {
    const { sender, instance, nextSeq } = effect;
    return { kind: 'skipped', sender, instance, nextSeq };
  }
  const { sender, instance, digest, firstSeq, count } = effect;
  return { kind: 'delivered', sender, instance, digest, firstSeq, count };
}

function simulated(effects: readonly Durable[]): unknown {
  const disk = new SimulatedDisk(COMMITTEE, SELF);
  for (const effect of effects) disk.write(effect);
  return inOrder(disk.memory());
}

function inOrder({ streams, own, open }: MemberMemory | StoreMemory): unknown {
  return legible({
    streams,
    own,
    open: open.toSorted((a, b) => a.sender - b.sender || a.instance - b.instance),
  });
}

async function written(dir: string, groups: readonly (readonly Durable[])[]): Promise<void> {
  const store = await openStore(dir, { disk: HASTY_DISK });
  for (const group of groups) {
    for (const effect of group) store.append(recordOf(effect));
    await store.sync();
  }
  await store.close();
}

async function recovered(dir: string): Promise<unknown> {
  const store = await openStore(dir, { disk: HASTY_DISK });
  const memory = inOrder(store.restored());
  await store.close();
  return memory;
}

test('the store of a node recovers what the simulated disk does, whatever records a crash leaves', async () => {
  for (const seed of [1, 2, 3]) {
    const groups = groupsOf(seed);
    expect(groups.length).toBeGreaterThan(20);
    const prng = new Prng(seed);
    for (let k = 0; k < 12; k += 1) {
      const whole = groups.slice(0, prng.below(groups.length));
      const torn = groups[whole.length] ?? [];
      const left = [...whole, torn.slice(0, prng.below(torn.length + 1))].filter(({ length }) => length > 0);
      const dir = join(temporaryDirectory(), 'data');
      await written(dir, left);
      expect(await recovered(dir), `seed ${seed}, try ${k}`).toEqual(simulated(left.flat()));
    }
  }
});

test('a log that ends anywhere in its last group is recovered as a crash of the simulator leaves it', async () => {
  const groups = groupsOf(4);
  const prng = new Prng(4);
  const found = { before: 0, after: 0 };
  for (let k = 0; k < 8; k += 1) {
    const left = groups.slice(0, 2 + prng.below(groups.length - 2));
    const records = left.map((group) => group.map(recordOf));
    const { name, bytes, ends } = await crashImage(temporaryDirectory(), records, 'crashed');
    const [from = 0, to = 0] = ends.slice(-2);
    const before = simulated(left.slice(0, -1).flat());
    const after = simulated(left.flat());
    for (const end of [from, to, ...Array.from({ length: 8 }, () => from + prng.below(to - from))]) {
      const dir = temporaryDirectory();
      lay(dir, new Map([[name, bytes.subarray(0, end)]]));
      expect(await recovered(dir), `try ${k}, ${end - from} bytes of ${to - from}`).toEqual(
        end === to ? after : before,
      );
      found[end === to ? 'after' : 'before'] += 1;
    }
  }
  expect(found).toEqual({ before: 72, after: 8 });
});
