import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { assert, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { encodeBatch, groupSealBytes, signatureOf } from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import { PayloadHasher } from '../../src/crypto/index.ts';
import {
  equivocationProof,
  type Member,
  type MemberEffect,
  type Participant,
} from '../../src/member/index.ts';
import { batchSigner } from '../../src/member/proof.ts';
import { memberVerify, proofDocument } from '../../src/node/evidence/document.ts';
import type { Identity } from '../../src/node/identity/index.ts';
import {
  checkProof,
  parseProof,
  type RunningNode,
  serializeClusterDefinition,
} from '../../src/node/index.ts';
import { nativeSha256 } from '../../src/node/sha256.ts';
import { ADVERSARIES } from '../../src/simulator/index.ts';
import { Stage, temporaryFolder, until } from './kit.ts';

/** Member 3 of this stage says one thing to even members, another to odd ones. */
function liar(stage: Stage): {
  readonly participant: (honest: Member) => ReturnType<typeof ADVERSARIES.equivocate.make>;
} {
  const hasher = new PayloadHasher(nativeSha256, stage.cluster.digest);
  const { committee } = stage.cluster;
  return {
    participant: (honest) =>
      ADVERSARIES.equivocate.make({ committee, self: honest.self, hasher, honest, report: () => undefined }),
  };
}

const proofsOf = (node: RunningNode) => node.evidence().flatMap(({ proofs }) => proofs);

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function evidence(cwd: string, ...args: string[]) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const exit = await runCli(['evidence', ...args], { stdout, stderr, env: {}, cwd });
  return { exit, out: stdout.text, err: stderr.text };
}

test('who tells two things is proven to have done so, for good, to anybody', async () => {
  const stage = new Stage();
  const dirs = [0, 1, 2].map(() => temporaryFolder());
  await stage.start(3, {}, liar(stage)).then(async (three) => {
    const nodes = await Promise.all(
      [0, 1, 2].map((index) => stage.start(index, { dataDir: dirs[index] ?? false })),
    );
    await Promise.all([three, ...nodes].map((node) => node.whenReady()));
    await three.broadcast('a thing');
    await until(() => nodes.some((node) => proofsOf(node).length > 0));
    const holder = nodes.findIndex((node) => proofsOf(node).length > 0);
    const [proof] = nodes[holder] === undefined ? [] : proofsOf(nodes[holder]);
    expect(proof).toMatchObject({ accused: { member: 3, name: 'p3' }, instance: 1, by: `p${holder}` });
    for (const node of nodes) {
      for (const { peer } of node.evidence()) expect(peer).toBe(3);
    }
    await Promise.all(nodes.map((node) => node.close()));
    // After a restart it is there again, and not what somebody put beside it.
    const folder = join(dirs[holder] ?? '', 'evidence');
    const [name = ''] = readdirSync(folder);
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(
      join(folder, '2-1.json'),
      text.replaceAll('"member": 3', '"member": 2').replace('"p3"', '"p2"'),
    );
    writeFileSync(join(folder, '2-2.json'), 'garbage');
    const again = await stage.start(holder, { dataDir: dirs[holder] ?? false });
    expect(proofsOf(again)).toEqual([proof]);
    expect(again.status().evidence).toBe(1);
    // And anybody can check it.
    writeFileSync(join(stage.folder, 'cluster.json'), serializeClusterDefinition(stage.cluster));
    writeFileSync(join(stage.folder, 'proof.json'), text);
    const verified = await evidence(stage.folder, 'verify', 'proof.json');
    expect(verified.out).toContain(
      'proven: p3 signed two different batches for its instance 1 of cluster stage',
    );
    expect(verified.exit).toBe(0);
  });
});

/** Member 3 of this stage is honest, until member 0 has delivered its first instance: then it tells it another one. */
function lateLiar(to: NodeId): { readonly participant: (honest: Member) => Participant } {
  const participant = (honest: Member): Participant => {
    let told = false;
    const another = (): readonly MemberEffect[] => {
      if (told || (honest.basesOf(to)[3] ?? 1) < 2) return [];
      told = true;
      const payload = encodeBatch([new TextEncoder().encode('another thing')]);
      honest.signBatch(1, payload);
      const body = { kind: 'initial', payload } as const;
      return [{ kind: 'send', to, message: { kind: 'instance', sender: honest.self, instance: 1, body } }];
    };
    return {
      restore: (memory) => honest.restore(memory),
      handle: (from, message) => honest.handle(from, message),
      submit: (message) => honest.submit(message),
      linkUp: (peer) => honest.linkUp(peer),
      linkDown: (peer) => honest.linkDown(peer),
      flush: () => honest.flush(),
      tick: () => [...honest.tick(), ...another()],
    };
  };
  return { participant };
}

test('who tells another thing when the first is delivered is proven to have done so', async () => {
  const stage = new Stage();
  const [zeroth = assert.fail()] = stage.cluster.committee.ids;
  const nodes = await Promise.all(
    [0, 1, 2].map((index) => stage.start(index, { dataDir: temporaryFolder() })),
  );
  const three = await stage.start(3, {}, lateLiar(zeroth));
  await Promise.all([three, ...nodes].map((node) => node.whenReady()));
  await three.broadcast('a thing');
  const [zero] = nodes;
  await until(() => zero !== undefined && proofsOf(zero).length > 0);
  const [proof] = zero === undefined ? [] : proofsOf(zero);
  expect(proof).toMatchObject({ accused: { member: 3 }, instance: 1, by: 'p0' });
  expect(proof && checkProof(proof, stage.cluster).proven).toBe(true);
  for (const node of nodes.slice(1)) expect(node.evidence()).toEqual([]);
});

describe('a document', () => {
  const stage = new Stage();
  const { cluster } = stage;
  const hasher = new PayloadHasher(nativeSha256, cluster.digest);

  function signed(identity: Identity, sender: number, instance: number, text: string): Uint8Array {
    const batch = encodeBatch([new TextEncoder().encode(text)]);
    const statement = hasher.statement(
      sender,
      instance,
      hasher.digest(sender, instance, batch.subarray(0, -64)),
    );
    signatureOf(batch).set(identity.sign(statement));
    return batch;
  }

  const [one, two] = [signed(stage.identity(2), 2, 7, 'one'), signed(stage.identity(2), 2, 7, 'two')];
  const about = { sender: 2, instance: 7 };
  const proof = equivocationProof(hasher, memberVerify(cluster), about, [one, two]);
  if (proof === undefined) throw new Error('two signed batches are a proof');
  const good = proofDocument(proof, cluster, { by: 'p0', seen: '2026-01-01T00:00:00.000Z' });

  test('is made of a batch in a group too, and checks the way from it to what is signed', () => {
    const identity = stage.identity(2);
    const signer = batchSigner({
      self: cluster.committee.member(2),
      hasher,
      sign: (text) => identity.sign(text),
    });
    const seal = new Uint8Array(groupSealBytes(3));
    const batches = ['six', 'seven', 'eight'].map((text) =>
      encodeBatch([new TextEncoder().encode(text)], seal),
    );
    signer?.group(6, batches);
    const [, seven = one] = batches;
    const found = equivocationProof(hasher, memberVerify(cluster), about, [one, seven]);
    if (found === undefined) throw new Error('two signed batches are a proof');
    const document = proofDocument(found, cluster, { by: 'p0', seen: '2026-01-01T00:00:00.000Z' });
    expect(parseProof(JSON.stringify(document), 'document')).toEqual(document);
    expect(checkProof(document, cluster)).toEqual({ proven: true, complaint: '' });
    const [alone, grouped] = document.statements;
    for (const group of [
      undefined,
      { index: 0, count: 3, proof: grouped.group?.proof ?? '' },
      { index: 1, count: 4, proof: grouped.group?.proof ?? '' },
      { index: 1, count: 3, proof: '00'.repeat(64) },
      { index: 1, count: 3, proof: '00'.repeat(32) },
    ]) {
      const bent = { ...document, statements: [alone, { ...grouped, group }] as const };
      expect(checkProof(bent as typeof document, cluster).proven).toBe(false);
    }
  });

  test('proves what it says, and reads as it was written', () => {
    expect(checkProof(good, cluster)).toEqual({ proven: true, complaint: '' });
    expect(parseProof(JSON.stringify(good), 'good')).toEqual(good);
  });

  test.each([
    ['the same batch twice', [one, one]],
    ['an unsigned batch', [one, encodeBatch([new Uint8Array(3)])]],
    ['another member’s signature', [one, signed(stage.identity(1), 2, 7, 'two')]],
    ['a signature for another instance', [one, signed(stage.identity(2), 2, 8, 'two')]],
    ['a signature for another sender’s instance', [one, signed(stage.identity(2), 1, 7, 'two')]],
    ['something shorter than a signature', [one, new Uint8Array(10)]],
  ] as const)('is not made of %s', (_name, [first, second]) => {
    expect(equivocationProof(hasher, memberVerify(cluster), about, [first, second])).toBeUndefined();
  });

  const [first, second] = good.statements;
  test.each([
    ['another cluster', { ...good, cluster: { ...good.cluster, digest: '0'.repeat(64) } }, 'another cluster'],
    ['another member', { ...good, accused: { ...good.accused, member: 1 } }, 'member 1 of the cluster is p1'],
    ['no member', { ...good, accused: { ...good.accused, member: 9 } }, 'has no member 9'],
    ['another key', { ...good, accused: { ...good.accused, publicKey: '0'.repeat(64) } }, 'another key'],
    ['another instance', { ...good, instance: 8 }, 'a signature is not that of p2 for its instance 8'],
    ['one statement twice', { ...good, statements: [first, first] as const }, 'the same batch'],
    [
      'signatures exchanged',
      {
        ...good,
        statements: [
          { ...first, signature: second.signature },
          { ...second, signature: first.signature },
        ] as const,
      },
      'a signature is not that of p2',
    ],
  ])('with %s proves nothing', (_name, document, complaint) => {
    expect(checkProof({ ...document, statements: [...document.statements] }, cluster)).toEqual({
      proven: false,
      complaint: expect.stringContaining(complaint),
    });
  });

  test('that is none is refused with what is wrong and where', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cluster.json'), serializeClusterDefinition(cluster));
    writeFileSync(join(folder, 'bad.json'), JSON.stringify({ ...good, instance: 'seven', more: 1 }));
    writeFileSync(join(folder, 'tampered.json'), JSON.stringify({ ...good, instance: 8 }));
    const refused = await evidence(folder, 'verify', 'bad.json');
    expect(refused.err).toContain('bad.json');
    expect(refused.err).toContain('instance');
    expect(refused.exit).toBe(64);
    const tampered = await evidence(folder, 'verify', 'tampered.json');
    expect(tampered.out).toContain('not proven: a signature is not that of p2 for its instance 8');
    expect(tampered.exit).toBe(1);
    expect((await evidence(folder, 'verify', 'nowhere.json')).exit).toBe(64);
  });
});
