import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../src/base/index.ts';
import {
  type ClusterDefinition,
  diffClusters,
  type InitClusterOptions,
  initCluster,
  loadClusterDefinition,
  parseClusterDefinition,
  requireMember,
  requireSignatures,
  serializeClusterDefinition,
  shortDigest,
  signCluster,
  verifySignatures,
} from '../src/node/cluster/index.ts';
import { generateIdentity, Identity, makeCard } from '../src/node/identity/index.ts';

const NAMES = ['umbrella', 'acme', 'initech', 'globex'];
/** Keys that are the same in every run. */
const IDENTITIES = NAMES.map((name, index) => new Identity(name, new Uint8Array(32).fill(index + 1)));
const CARDS = IDENTITIES.map((identity) => makeCard(identity, [`${identity.name}.example:7400`]));

function make(options: Partial<InitClusterOptions> = {}, cards = CARDS): ClusterDefinition {
  return initCluster(cards, { name: 'settle', ...options });
}

function signedByAll(cluster: ClusterDefinition): ClusterDefinition {
  return IDENTITIES.reduce(signCluster, cluster);
}

/** The file with a piece of its text replaced. */
function edited(from: string | RegExp, to: string, cluster = make()): string {
  const text = serializeClusterDefinition(cluster);
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to replace: ${from}`);
  return changed;
}

function refusalOf(text: string): string {
  try {
    parseClusterDefinition(text, 'cluster.json');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_CLUSTER_INVALID' });
    return error instanceof Error ? error.message : String(error);
  }
  return expect.fail('it was accepted');
}

describe('a new cluster', () => {
  test('numbers its members by name and tolerates what n allows', () => {
    const cluster = make();
    expect(cluster.members.map(({ id, name }) => [id, name])).toEqual([
      [0, 'acme'],
      [1, 'globex'],
      [2, 'initech'],
      [3, 'umbrella'],
    ]);
    expect(cluster).toMatchObject({ name: 'settle', epoch: 1, form: 'early' });
    expect([cluster.committee.n, cluster.committee.f]).toEqual([4, 1]);
    expect(cluster.limits.payloadBytes).toBe(1_048_576);
  });

  test('is the same whoever makes it, in whatever order the cards lie', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(CARDS, { minLength: 4 }), (cards) => {
        expect(make({}, cards).shortDigest).toBe(make().shortDigest);
      }),
    );
  });

  test.each([
    [
      'a name twice',
      [...CARDS, makeCard(generateIdentity('acme'), ['x:1'])],
      /two cards have the same name: "acme"/,
    ],
    [
      'a key twice',
      [...CARDS, makeCard(new Identity('acme2', new Uint8Array(32).fill(2)), ['x:1'])],
      /same public key: "acme" and "acme2"/,
    ],
    ['the same card twice', [...CARDS, ...CARDS.slice(1, 2)], /same name: "acme"/],
  ])('refuses %s', (_, cards, message) => {
    expect(() => make({}, cards)).toThrow(
      expect.objectContaining({ code: 'ERR_IDENTITY', message: expect.stringMatching(message) }),
    );
  });

  test('refuses a card that was changed on its way', () => {
    const cards = CARDS.map((card) =>
      card.name === 'acme' ? { ...card, addresses: ['evil.example:1'] } : card,
    );
    expect(() => make({}, cards)).toThrow(
      expect.objectContaining({ code: 'ERR_IDENTITY', message: 'the signature of card "acme" is not valid' }),
    );
  });

  test.each<[Partial<InitClusterOptions>, RegExp]>([
    [{ faulty: 2 }, /n=4, f=2 is impossible: n >= 3f\+1 = 7. Use f=1 or add 3 members/],
    [{ faulty: -1 }, /"faulty" must be an integer from 0/],
    [{ epoch: 0 }, /"epoch" must be an integer from 1/],
    [{ name: 'Settle' }, /"name" must be 1 to 32 of/],
    [{ limits: { payloadBytes: 0 } }, /"payloadBytes" must be an integer from 1 to 67108864/],
    [{ limits: { window: 3 } }, /"window" must be an integer from 4/],
    [{ limits: { bytesPerSender: 1000 } }, /bytesPerSender must be at least payloadBytes/],
  ])('refuses %j', (options, message) => {
    expect(() => make(options)).toThrow(
      expect.objectContaining({ code: 'ERR_CLUSTER_INVALID', message: expect.stringMatching(message) }),
    );
  });

  test('without cards is refused', () => {
    expect(() => make({}, [])).toThrow(/must name at least one member/);
  });
});

describe('the digest', () => {
  test('and all it covers is what it always was', () => {
    const path = new URL('./golden/cluster.json', import.meta.url);
    const cluster = signedByAll(make({ epoch: 3, limits: { window: 512 } }));
    const vector = {
      file: JSON.parse(serializeClusterDefinition(cluster)),
      canonical: cluster.canonical(),
      digest: toHex(cluster.digest),
      shortDigest: cluster.shortDigest,
    };
    if (process.env['UPDATE_GOLDEN'] === '1')
      writeFileSync(path, `${JSON.stringify(vector, undefined, 2)}\n`);
    expect(vector).toEqual(JSON.parse(readFileSync(path, 'utf8')));
    expect(verifySignatures(parseClusterDefinition(JSON.stringify(vector.file), 'x')).signed).toHaveLength(4);
  });

  test('does not depend on spelling, defaults left out, order of keys, or signatures', () => {
    const cluster = make();
    const {
      limits: _,
      broadcast: __,
      signatures: ___,
      ...rest
    } = JSON.parse(serializeClusterDefinition(cluster));
    const reversed = Object.fromEntries(Object.entries(rest).reverse());
    expect(parseClusterDefinition(JSON.stringify(reversed), 'x').digest).toEqual(cluster.digest);
    expect(signedByAll(cluster).digest).toEqual(cluster.digest);
  });

  test('depends on everything else', () => {
    const cluster = make();
    const others = [
      make({ name: 'other' }),
      make({ epoch: 2 }),
      make({ faulty: 0 }),
      make({ broadcast: 'classic' }),
      ...['payloadBytes', 'window', 'bytesPerSender', 'messagesPerInstance'].map((key) =>
        make({ limits: { [key]: key === 'bytesPerSender' ? 2_000_000 : 1_000 } }),
      ),
      make({}, CARDS.slice(1)),
      make({}, [...CARDS.slice(1), makeCard(generateIdentity('umbrella'), ['umbrella.example:7400'])]),
      make(
        {},
        CARDS.map((card, i) =>
          makeCard(
            IDENTITIES[i] ?? generateIdentity('x'),
            [...card.addresses, 'b:1'].slice(i === 0 ? 0 : 0, i === 0 ? 2 : 1),
          ),
        ),
      ),
    ];
    const digests = [cluster, ...others].map(({ digest }) => toHex(digest));
    expect(new Set(digests).size).toBe(digests.length);
    for (const other of others) expect(diffClusters(cluster, other).length).toBeGreaterThan(0);
  });

  test('in short is its first 60 bits in a base that can be read out', () => {
    expect(shortDigest(new Uint8Array(32))).toBe('0000-0000-0000');
    expect(shortDigest(new Uint8Array(32).fill(0xff))).toBe('ZZZZ-ZZZZ-ZZZZ');
    expect(shortDigest(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe('000G-40R4-0M30');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
        const bits = [...shortDigest(digest).replaceAll('-', '')]
          .map((char) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(char).toString(2).padStart(5, '0'))
          .join('');
        const expected = [...digest]
          .map((byte) => byte.toString(2).padStart(8, '0'))
          .join('')
          .slice(0, 60);
        expect(bits).toBe(expected);
      }),
    );
  });
});

describe('a cluster file', () => {
  test('is read back as it was', () => {
    const cluster = signedByAll(make({ faulty: 0, broadcast: 'classic', limits: { window: 8 } }));
    const text = serializeClusterDefinition(cluster);
    const read = parseClusterDefinition(text, 'cluster.json');
    expect(serializeClusterDefinition(read)).toBe(text);
    expect(read.digest).toEqual(cluster.digest);
    expect(read.memberNamed('initech')?.id).toBe(2);
    expect(read.memberWithKey(IDENTITIES[2]?.publicKey ?? new Uint8Array(0))?.name).toBe('initech');
    expect(read.memberWithKey(new Uint8Array(32))).toBeUndefined();
  });

  test.each([
    [
      'an unknown key',
      edited('"epoch"', '"epcoh"'),
      ['cluster.json:1:1 missing key "epoch"', '5:3 unknown key "epcoh"; did you mean "epoch"?'],
    ],
    ['a key twice', edited('"epoch": 1,', '"epoch": 1, "epoch": 2,'), ['5:15 key "epoch" stands here twice']],
    [
      'a prototype',
      edited('"epoch": 1,', '"epoch": 1, "__proto__": {"x": 1},'),
      ['5:15 unknown key "__proto__"'],
    ],
    ['a wrong type', edited('"epoch": 1', '"epoch": "1"'), ['5:12 "epoch" must be a number, not "1"']],
    ['a fraction', edited('"epoch": 1', '"epoch": 1.5'), ['"epoch" must be an integer from 1 to 4294967295']],
    [
      'another form',
      edited('"early"', '"late"'),
      ['7:16 "broadcast" must be "early" or "classic", not "late"'],
    ],
    ['an impossible f', edited('"faulty": 1', '"faulty": 2'), ['6:13 n=4, f=2 is impossible: n >= 3f+1 = 7']],
    ['a name twice', edited('"globex"', '"acme"'), ['"acme" of member 2 is already that of member 1']],
    [
      'an address twice',
      edited('globex.example', 'acme.example'),
      ['address "acme.example:7400" of globex is already that of acme'],
    ],
    ['a comment', edited('"epoch"', '/* 1 */ "epoch"'), ['5:3 not valid JSON: invalid comment token']],
    ['a comma too many', edited('"epoch": 1,', '"epoch": 1,,'), ['5:14 not valid JSON']],
    [
      'a stranger who signed',
      edited('"signatures": {', `"signatures": {"acm": "${'0'.repeat(128)}"`),
      ['"acm" signed but is no member; did you mean "acme"?'],
    ],
    [
      'a signature that is none',
      edited('"signatures": {', '"signatures": {"acme": "00"'),
      ['"acme" must be 128 digits of lower-case hex'],
    ],
    [
      'a later version',
      edited('"version": 1', '"version": 2'),
      ['"version" must be 1: a newer quorumcast is needed'],
    ],
    ['nothing', '', ['cluster.json:1:1 the document is empty']],
    ['a list', '[]', ['cluster.json:1:1 must be an object, not a list']],
    [
      'a list of limits',
      edited(/"limits": \{[^}]*\}/, '"limits": []'),
      ['8:13 must be an object, not a list'],
    ],
    ['no end', '[['.repeat(50_000), ['nested deeper than 32']],
    ['two documents', '{}{}', ['not valid JSON: end of file expected']],
  ])('with %s is refused, with its place', (_, text, messages) => {
    const refusal = refusalOf(text);
    for (const message of messages) expect(refusal).toContain(message);
  });

  test('is told all that is wrong with it at once, in the order of the text', () => {
    const text = edited('"epoch": 1', '"epoch": 0')
      .replace('"window": 256', '"windwo": 256')
      .replace('"acme"', '7');
    const lines = refusalOf(text).split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'cluster.json:5:12',
      'cluster.json:10:5',
      'cluster.json:16:15',
    ]);
  });

  test('random changes are refused in words or accepted, nothing else', () => {
    const text = serializeClusterDefinition(signedByAll(make()));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 8 }), (at, cut, put) => {
        const changed = text.slice(0, at) + put + text.slice(at + cut);
        try {
          parseClusterDefinition(changed, 'x');
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_CLUSTER_INVALID' });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that is not there is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quorumcast-cluster-'));
    const path = join(folder, 'cluster.json');
    await expect(loadClusterDefinition(path)).rejects.toMatchObject({
      code: 'ERR_CLUSTER_INVALID',
      message: expect.stringContaining(path),
    });
    await writeFile(path, serializeClusterDefinition(make()));
    expect((await loadClusterDefinition(path)).shortDigest).toBe(make().shortDigest);
    await rm(folder, { recursive: true });
  });
});

describe('signatures', () => {
  test('are counted: who signed, who is missing', () => {
    const [umbrella, acme] = IDENTITIES;
    if (umbrella === undefined || acme === undefined) throw new Error('four members');
    const cluster = signCluster(signCluster(make(), umbrella), acme);
    expect(verifySignatures(cluster)).toEqual({
      signed: ['acme', 'umbrella'],
      missing: ['globex', 'initech'],
      invalid: [],
    });
    expect(() => requireSignatures(cluster)).toThrow(
      expect.objectContaining({
        code: 'ERR_CLUSTER_UNSIGNED',
        message: 'cluster "settle" is signed 2/4; missing: globex, initech',
      }),
    );
    expect(() => requireSignatures(signedByAll(cluster))).not.toThrow();
  });

  test('do not survive a change of the file', () => {
    const text = edited('"epoch": 1', '"epoch": 2', signedByAll(make()));
    const changed = parseClusterDefinition(text, 'x');
    expect(verifySignatures(changed).invalid).toEqual(['acme', 'globex', 'initech', 'umbrella']);
    expect(() => requireSignatures(changed)).toThrow(/not valid: acme, globex, initech, umbrella/);
  });

  test('of one member do not serve another', () => {
    const signed = signedByAll(make());
    const acme = signed.signatures.get('acme') ?? new Uint8Array(64);
    expect(verifySignatures(signed.withSignature('globex', acme)).invalid).toEqual(['globex']);
  });

  test('are only given by members', () => {
    const stranger = generateIdentity('stranger');
    expect(() => signCluster(make(), stranger)).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_A_MEMBER' }),
    );
    const namesake = generateIdentity('acme');
    expect(() => requireMember(make(), namesake)).toThrow(/names another key for "acme"/);
    const renamed = new Identity('other', new Uint8Array(32).fill(2));
    expect(() => requireMember(make(), renamed)).toThrow(/calls the owner of this key "acme", not "other"/);
  });
});

test('two clusters that differ are told member and field', () => {
  const cards = CARDS.map((card) =>
    card.name === 'initech' ? makeCard(generateIdentity('initech'), ['initech.example:7500']) : card,
  );
  const differences = diffClusters(make(), make({ epoch: 2, limits: { window: 8 } }, cards));
  expect(differences).toEqual([
    'epoch differs: 1 and 2',
    'limits.window differs: 256 and 8',
    'members.initech.publicKey differs',
    'members.initech.addresses differs: initech.example:7400 and initech.example:7500',
  ]);
  expect(diffClusters(make(), make())).toEqual([]);
  expect(diffClusters(make(), make({}, CARDS.slice(0, 3)))).toEqual([
    'faulty differs: 1 and 0',
    'members.globex is only in the first',
    'members.initech has place 2 and 1',
    'members.umbrella has place 3 and 2',
  ]);
});
