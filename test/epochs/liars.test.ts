import { expect, test } from 'vitest';
import { toHex } from '../../src/base/index.ts';
import {
  encodeBatch,
  encodeFrame,
  FRAME_HEADER_BYTES,
  FRAME_KIND,
  frameBytesMax,
  signatureOf,
  unsignedBatch,
  WIRE_VERSION,
  Writer,
} from '../../src/codec/index.ts';
import { PayloadHasher } from '../../src/crypto/index.ts';
import { batchSigner, equivocationProof } from '../../src/member/proof.ts';
import { serializeClusterDefinition } from '../../src/node/cluster/index.ts';
import type { EpochNode } from '../../src/node/epochs/index.ts';
import { checkProof, memberVerify } from '../../src/node/evidence/document.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';
import { nativeSha256 } from '../../src/node/sha256.ts';
import { until } from '../node/kit.ts';
import { freePorts, moved, scene } from './kit.ts';

// One member of four lies about the change of epochs. It is an honest one whose hands are led.

const inEpoch = (nodes: readonly EpochNode[], epoch: number): Promise<void> =>
  until(() => nodes.every((node) => node.cluster.epoch === epoch), 20_000);

test('one that ends for another definition is waited for no longer, and goes along', async () => {
  const { stage, nodes } = await scene();
  const [p0, , , p3] = nodes;
  p3.current.end(new Uint8Array(32).fill(7));
  await p0.changeEpoch(moved(stage));
  await inEpoch(nodes, 2);
  await p3.broadcast('after', { waitFor: 'delivered' });
});

test('where too many ended for another, nobody goes over, and all say why', async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  p2.current.end(new Uint8Array(32).fill(7));
  p3.current.end(new Uint8Array(32).fill(8));
  await p0.changeEpoch(moved(stage));
  const why = 'only 2 members ended for this definition, it takes 3: others were handed another one';
  await until(() => [p0, p1].every((node) => node.epochs().next?.reasons.includes(why) === true));
  expect(nodes.map((node) => node.cluster.epoch)).toEqual([1, 1, 1, 1]);
});

test('one that is up and never ends holds the change up, and is named', async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  Object.assign(p3.current, { end: () => undefined });
  await p0.changeEpoch(moved(stage));
  await until(() =>
    [p0, p1, p2].every(
      (node) => node.epochs().next?.reasons.join() === 'the END of p3 is missing (connected)',
    ),
  );
});

/** A frame that brings this as the file of the next definition. */
function fileFrame(body: Uint8Array): Uint8Array {
  return new Writer(body.length + FRAME_HEADER_BYTES)
    .u32(body.length + 2)
    .u8(WIRE_VERSION)
    .u8(FRAME_KIND.epoch)
    .raw(body)
    .take();
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test('forged and huge definitions of a peer cost little, stop nothing, and bar no true one', async () => {
  const { stage, nodes } = await scene();
  const next = moved(stage);
  const file = next.toJSON();
  const room = frameBytesMax(stage.before.limits) - FRAME_HEADER_BYTES;
  const stranger = generateIdentity('p1');
  const swapped = { ...file.signatures, p1: file.signatures['p0'] };
  const forged: readonly (readonly [string, Uint8Array])[] = [
    ['nothing', new Uint8Array(0)],
    ['no text', new Uint8Array(64).fill(0xff)],
    ['deep', utf8('['.repeat(100_000))],
    ['as long as a frame may be', utf8(`{"members":[${'0,'.repeat(Math.floor(room / 2) - 9)}0]}`)],
    ['all of it wrong', utf8(`{"members":[${'0,'.repeat(250_000)}0]}`)],
    ['unsigned', utf8(serializeClusterDefinition(next.unsigned()))],
    ['not approved', utf8(JSON.stringify({ ...file, approvals: {} }))],
    ['signed by the wrong key', utf8(JSON.stringify({ ...file, signatures: swapped }))],
    [
      'with the key of a stranger',
      utf8(
        JSON.stringify({
          ...file,
          members: file.members.map((member) =>
            member.name === 'p1'
              ? { ...member, publicKey: Buffer.from(stranger.publicKey).toString('hex') }
              : member,
          ),
        }),
      ),
    ],
    ['following another', utf8(JSON.stringify({ ...file, previous: '00'.repeat(32) }))],
    ['of a later epoch', utf8(JSON.stringify({ ...file, epoch: 3 }))],
  ];
  const [first, p1, p2, p3] = nodes;
  await first.close();
  for (const [what, body] of forged) {
    // One of each peer is judged in a life.
    const refused: string[] = [];
    const note = (event: string): void => void (event === 'epoch.refused' && refused.push(event));
    const logger = { debug: note, info: note, warn: note, error: note };
    const victim = await stage.start('p0', { logger });
    await until(() => [victim, p3].every((node) => node.state === 'ready'));
    const began = performance.now();
    for (let times = 0; times < 3; times += 1) p3.current.send(victim.id, fileFrame(body));
    await until(() => refused.length > 0);
    expect(performance.now() - began, what).toBeLessThan(15_000);
    expect(victim.epochs().next, what).toBeUndefined();
    await victim.broadcast(what, { waitFor: 'delivered' });
    expect(refused.length, what).toBe(1);
    await victim.close();
  }
  const back = await stage.start('p0');
  await p1.changeEpoch(next);
  await inEpoch([back, p1, p2, p3], 2);
});

test('what was seen in an epoch is told in the next one, and after a restart as far as it is proven', async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, p2, p3] = nodes;
  const hasher = new PayloadHasher(nativeSha256, stage.before.digest);
  const signer = batchSigner({ self: p3.id, hasher, sign: (bytes) => stage.key('p3').sign(bytes) });
  for (const text of ['one', 'other']) {
    const payload = encodeBatch([utf8(text)]);
    signer?.one(1, payload);
    const body = { kind: 'initial', payload } as const;
    p3.current.send(p0.id, encodeFrame(1, { kind: 'instance', sender: p3.id, instance: 1, body }));
  }
  await until(() => p0.evidence().length > 0);
  const seen = p0.evidence().find(({ code }) => code === 'equivocation');
  expect(seen).toMatchObject({ name: 'p3', code: 'equivocation', proofs: [{ cluster: { epoch: 1 } }] });
  const count = p0.status().evidence;
  // A member joins whose name comes first: all get other numbers.
  const joins = generateIdentity('a0');
  const [port = 0] = await freePorts(1);
  const next = stage.next({ cards: [makeCard(joins, [`127.0.0.1:${port}`])] }, [joins]);
  await p1.changeEpoch(next);
  await inEpoch([p0, p1, p2, p3], 2);
  const told = p0.evidence().find(({ code }) => code === 'equivocation');
  expect(told).toMatchObject({ peer: p3.id, name: 'p3', proofs: seen?.proofs });
  expect(p0.status().evidence).toBeGreaterThanOrEqual(count);
  const [proof] = told?.proofs ?? [];
  expect(proof && checkProof(proof, stage.before).proven).toBe(true);
  expect(proof && checkProof(proof, next).proven).toBe(false);
  await p0.close();
  const back = await stage.start('p0');
  expect(back.evidence()).toMatchObject([
    { peer: 4, name: 'p3', code: 'equivocation', proofs: seen?.proofs },
  ]);
  expect(back.status().evidence).toBeGreaterThan(0);
});

test('one that has left and goes on talking is refused, and changes nothing', async () => {
  const { stage, nodes } = await scene();
  const [p0, p1, ...others] = nodes;
  await p1.changeEpoch(stage.next({ without: ['p0'] }));
  const staying = [p1, ...others];
  await inEpoch(staying, 2);
  // It stays in its epoch, and knocks with the key of a member that was.
  await until(() => staying.every((node) => (node.status().refusals['not-a-member'] ?? 0) > 0), 20_000);
  for (const { id } of nodes)
    p0.current.send(id, encodeFrame(1, { kind: 'status', bases: [9, 9, 9, 9], resync: true }));
  await p1.broadcast('without it', { waitFor: 'delivered' });
  for (const node of staying) {
    await until(() => node.status().delivered === 1);
    expect(node.peers().map(({ name }) => name)).not.toContain('p0');
    expect(node.evidence()).toEqual([]);
  }
  expect(p0.status().delivered).toBe(0);
});

test('what is signed in one epoch says nothing in the other', async () => {
  const { stage, nodes } = await scene();
  const [p0, p1] = nodes;
  const next = moved(stage);
  const batchOf = async (): Promise<Uint8Array> => {
    await p1.broadcast('the same', { waitFor: 'delivered' });
    await until(() => p0.store.entry(p1.id, 1) !== undefined);
    const entry = p0.store.entry(p1.id, 1);
    return (entry && (await p0.store.payload(entry.digest))) ?? new Uint8Array(0);
  };
  const before = await batchOf();
  await p0.changeEpoch(next);
  await inEpoch(nodes, 2);
  const after = await batchOf();
  // The first instance of the same member with the same content, twice: another name, another signature.
  const hashers = [stage.before, next].map(({ digest }) => new PayloadHasher(nativeSha256, digest));
  const names = hashers.map((hasher) => toHex(hasher.digest(p1.id, 1, unsignedBatch(before))));
  expect(names[0]).not.toBe(names[1]);
  expect(unsignedBatch(after)).toEqual(unsignedBatch(before));
  expect(signatureOf(after)).not.toEqual(signatureOf(before));
  for (const node of nodes) expect(node.evidence()).toEqual([]);
  // Nor does a batch of each make a proof, under either definition, also where they differ.
  const other = encodeBatch([utf8('another')]);
  batchSigner({
    self: p1.id,
    hasher: hashers[1] as PayloadHasher,
    sign: (bytes) => stage.key('p1').sign(bytes),
  })?.one(1, other);
  const about = { sender: p1.id, instance: 1 };
  const proofOf = (definition: typeof next, hasher: PayloadHasher, first: Uint8Array) =>
    equivocationProof(hasher, memberVerify(definition), about, [first, other]);
  expect(proofOf(next, hashers[1] as PayloadHasher, after)).toBeDefined();
  expect(proofOf(next, hashers[1] as PayloadHasher, before)).toBeUndefined();
  expect(proofOf(stage.before, hashers[0] as PayloadHasher, before)).toBeUndefined();
});
