import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { initCluster } from '../../src/node/cluster/index.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';
import { createNode, ERROR_CODES, type NodeOptions } from '../../src/node/index.ts';
import { afterwards, errorOf, Stage, turns, watchProcess } from './kit.ts';

/** What a caller without types may pass. */
function untyped(changes: object): NodeOptions {
  const stage = new Stage({ members: 1 });
  return Object.assign(stage.options(0), changes);
}

test.each(['paths', 'URLs', 'objects'])('a node is made of %s', async (form) => {
  const stage = new Stage({ members: 1 });
  const paths = await stage.writeFiles(0);
  const given =
    form === 'paths'
      ? paths
      : form === 'URLs'
        ? { cluster: pathToFileURL(paths.cluster), identity: pathToFileURL(paths.identity) }
        : { cluster: stage.cluster, identity: stage.identity(0) };
  const dataDir = join(stage.folder, 'data');
  const node = await createNode({ ...given, listen: '127.0.0.1:0', dataDir });
  afterwards(() => node.close());
  expect(node.name).toBe('p0');
  expect(node.cluster).toMatchObject({ name: 'stage', epoch: 1, n: 1, f: 0 });
  expect(node.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(node.status().storage.durable).toBe(true);
  const broadcast = await node.broadcast('x');
  expect((await broadcast.delivered()).text()).toBe('x');
});

describe('options that make no sense are refused by name', () => {
  test.each<[object, string, string]>([
    [{ cluster: undefined }, 'createNode needs `cluster`', ''],
    [{ cluster: '' }, 'createNode needs `cluster`', ''],
    [{ cluster: { members: [] } }, 'createNode needs `cluster`', ''],
    [{ identity: 5 }, 'createNode needs `identity`', ''],
    [{ cluster: new URL('https://127.0.0.1/cluster.json') }, 'is not a file', ''],
    [{ listen: 7400 }, '`listen` is a text HOST:PORT', ''],
    [{ listen: 'nowhere' }, '"nowhere" is not an address', 'write HOST:PORT'],
    [{ dataDir: true }, '`dataDir` is the path of a folder, or false', ''],
    [{ dataDir: '' }, '`dataDir` is the path of a folder, or false', ''],
    [{ validate: 'all' }, '`validate` is a function', ''],
    [{ logger: { info: console.info } }, '`logger` is false, or has the functions debug', ''],
    [{ signal: {} }, '`signal` is an AbortSignal', ''],
    [{ limits: 5 }, '`limits` is an object', ''],
    [{ limits: { pendingByte: 5 } }, 'unknown limit "pendingByte"', 'did you mean "pendingBytes"?'],
    [{ limits: { pendingBytes: -1 } }, '`limits.pendingBytes` is an integer, at least 1, not -1', ''],
    [{ limits: { backlogMessages: 1.5 } }, '`limits.backlogMessages` is an integer', ''],
    [{ datadir: 'x' }, 'unknown option "datadir"', 'did you mean "dataDir"?'],
    [{ whatever: 'x' }, 'unknown option "whatever"', 'there are cluster, identity'],
  ])('%j', async (changes, message, hint) => {
    const error = await errorOf(() => createNode(untyped(changes)));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', definite: true, retryable: false });
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test('nothing at all', async () => {
    expect(await errorOf(() => createNode(JSON.parse('null')))).toMatchObject({ code: 'ERR_CONFIG' });
  });
});

describe('what the world gets wrong has its own code', () => {
  test('files that are not there, or not what they should be', async () => {
    const stage = new Stage({ members: 1 });
    const options = stage.options(0);
    const { identity } = await stage.writeFiles(0);
    const gone = join(stage.folder, 'gone');
    const noise = join(stage.folder, 'noise.json');
    writeFileSync(noise, '{"quorumcast":');
    const codes = async (changes: Partial<NodeOptions>): Promise<string> =>
      (await errorOf(() => createNode({ ...options, ...changes }))).code;
    expect(await codes({ cluster: gone })).toMatch(/^ERR_C/);
    expect(await codes({ cluster: noise })).toBe('ERR_CLUSTER_INVALID');
    expect(await codes({ identity: gone })).toBe('ERR_IDENTITY');
    expect(await codes({ identity: noise })).toBe('ERR_IDENTITY');
    chmodSync(identity, 0o644);
    expect(await codes({ identity })).toBe('ERR_IDENTITY');
  });

  test('a definition that not everybody signed, and a key that is not in it', async () => {
    const stage = new Stage({ members: 1 });
    const cards = [makeCard(stage.identity(0), ['127.0.0.1:7400'])];
    const unsigned = initCluster(cards, { name: 'stage' });
    const options = stage.options(0);
    expect(await errorOf(() => createNode({ ...options, cluster: unsigned }))).toMatchObject({
      code: 'ERR_CLUSTER_UNSIGNED',
    });
    const error = await errorOf(() => createNode({ ...options, identity: generateIdentity('p0') }));
    expect(error).toMatchObject({ code: 'ERR_NOT_A_MEMBER' });
  });

  test('a port that is taken, an address that is not ours, a folder that is in use or no folder', async () => {
    const stage = new Stage({ members: 2 });
    const dataDir = join(stage.folder, 'data');
    const first = await stage.start(0, { dataDir });
    const codes = async (changes: Partial<NodeOptions>): Promise<string> =>
      (await errorOf(() => createNode({ ...stage.options(1), ...changes }))).code;
    expect(await codes({ listen: first.address })).toBe('ERR_ADDRESS_IN_USE');
    expect(await codes({ listen: '192.0.2.1:7400' })).toBe('ERR_LISTEN');
    expect(await codes({ dataDir })).toBe('ERR_DATA_DIR_LOCKED');
    const file = join(stage.folder, 'file');
    writeFileSync(file, '');
    expect(await codes({ dataDir: join(file, 'below') })).toBe('ERR_DATA_DIR');
    await first.close();
    expect(await codes({ dataDir })).toBe('ERR_DATA_DIR');
  });

  test('every failure says what to do, and leaves nothing behind', async () => {
    const stage = new Stage({ members: 1 });
    const dataDir = join(stage.folder, 'data');
    mkdirSync(dataDir);
    const options = { ...stage.options(0), dataDir };
    const error = await errorOf(() => createNode({ ...options, listen: '192.0.2.1:7400' }));
    expect(error.hint).not.toBe('');
    expect(ERROR_CODES).toContain(error.code);
    // The folder was let go of.
    const node = await createNode(options);
    await node.close();
  });
});

describe('a signal', () => {
  test('that has fired starts nothing', async () => {
    const options = new Stage({ members: 1 }).options(0);
    const error = await errorOf(() => createNode({ ...options, signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ERR_ABORTED' });
  });

  test('that fires while the node starts leaves nothing behind', async () => {
    const stage = new Stage({ members: 1 });
    const dataDir = join(stage.folder, 'data');
    const options = { ...stage.options(0), dataDir };
    const controller = new AbortController();
    const starting = createNode({ ...options, signal: controller.signal });
    controller.abort();
    expect(await errorOf(() => starting)).toMatchObject({ code: 'ERR_ABORTED' });
    await (await createNode(options)).close();
  });

  test('that fires later closes the node', async () => {
    const seen = watchProcess();
    const controller = new AbortController();
    const node = await createNode({ ...new Stage({ members: 1 }).options(0), signal: controller.signal });
    controller.abort();
    expect(await node.closed).toMatchObject({ error: undefined, clean: true });
    await turns();
    expect(seen.unhandled).toEqual([]);
  });
});
