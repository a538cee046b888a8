import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Agreement, RunningNode } from '../../src/node/index.ts';
import { AGREEMENT_LIARS, type AgreementLiarName } from '../../src/simulator/index.ts';
import { alone, errorOf, Stage, until } from './kit.ts';

const IN_TIME = { signal: AbortSignal.timeout(30_000) };

function agreeAll(
  nodes: readonly RunningNode[],
  topic: string,
  values: readonly (0 | 1)[],
): Promise<readonly Agreement[]> {
  return Promise.all(nodes.map((node, i) => node.agree(topic, values[i] ?? 0, IN_TIME)));
}

const one = (agreements: readonly Agreement[]): unknown => {
  const values = new Set(agreements.map(({ value }) => value));
  expect(values.size).toBe(1);
  return [...values][0];
};

describe('four nodes', () => {
  test('decide what all of them propose, in the first phase, and the same whatever they propose', async () => {
    const nodes = await new Stage().startAll();
    const decided: string[] = [];
    nodes[0].addEventListener('agreement:decided', ({ detail }) => decided.push(detail.topic));
    const unanimous = await agreeAll(nodes, 'ship it', [1, 1, 1, 1]);
    expect(one(unanimous)).toBe(1);
    for (const { phase } of unanimous) expect(phase).toBeLessThanOrEqual(1);
    const topics = Array.from({ length: 20 }, (_, i) => `question ${i}`);
    await Promise.all(topics.map(async (topic) => one(await agreeAll(nodes, topic, [0, 1, 0, 1]))));
    expect(decided.toSorted()).toEqual(['ship it', ...topics].toSorted());
    await until(() => nodes.every((node) => node.agreements().every(({ state }) => state === 'settled')));
    expect(nodes[1]?.agreement('ship it')).toMatchObject({
      state: 'settled',
      decision: { topic: 'ship it', value: 1 },
      explain: expect.stringContaining('"ship it" is decided: 1'),
    });
    expect(nodes[0].agreement('never heard of')).toBeUndefined();
    expect(nodes[0].status().agreements).toEqual({ underWay: 0, undecided: 0, decided: 21, dropped: 0 });
  });

  test('say what is missing while too few of them propose, and go on when one more does', async () => {
    const nodes = await new Stage().startAll();
    const waiting = [nodes[0].agree('x', true), nodes[1]?.agree('x', false)];
    const explain = (): string => nodes[0].agreement('x')?.explain ?? '';
    await until(() => explain().includes('2 of 3 values (p0, p1)'));
    expect(explain()).toMatch(
      /^"x" is not decided here\. This member proposed 1\. It is in phase 1, step 1: 2 of 3 values \(p0, p1\)\. None came from p2 \(connected\), p3 \(connected\)\. Nothing has changed for /,
    );
    expect(nodes[0].agreement('x')).toMatchObject({ state: 'open', proposal: 1, waitingFor: [2, 3] });
    expect(nodes[2]?.agreement('x')).toMatchObject({ state: 'heard', proposal: undefined });
    expect(nodes[2]?.agreement('x')?.explain).toContain('this member has proposed nothing');
    const third = await nodes[2]?.agree('x', 1, IN_TIME);
    const [first, second] = await Promise.all(waiting);
    expect([first?.value, second?.value]).toEqual([third?.value, third?.value]);
  });

  test('decide with one of them stopped; one that comes late is told', async () => {
    const stage = new Stage();
    const nodes = await stage.startAll({}, [1, 2, 3]);
    const value = one(await agreeAll(nodes, 'without p0', [1, 0, 1]));
    await until(() => nodes.every((node) => node.agreement('without p0')?.state === 'settled'));
    const late = await stage.start(0);
    expect(await late.agree('without p0', 0, IN_TIME)).toMatchObject({ value });
  });
});

test.each(Object.keys(AGREEMENT_LIARS) as AgreementLiarName[])(
  'a member that lies (%s) changes nothing',
  async (liar) => {
    const stage = new Stage();
    const liars = { agreeing: AGREEMENT_LIARS[liar].make };
    const nodes: RunningNode[] = [];
    for (const index of [3, 2, 1, 0]) nodes.unshift(await stage.start(index, {}, index === 2 ? liars : {}));
    await until(() => nodes.every((node) => node.state === 'ready'));
    const correct = nodes.filter((_, index) => index !== 2);
    for (const topic of ['a', 'b', 'c', 'd', 'e', 'f']) {
      nodes[2]?.agree(topic, 0, IN_TIME).catch(() => undefined);
      expect([0, 1]).toContain(one(await agreeAll(correct, topic, [0, 1, 1])));
    }
    nodes[2]?.agree('all for it', 0, IN_TIME).catch(() => undefined);
    expect(one(await agreeAll(correct, 'all for it', [1, 1, 1]))).toBe(1);
    for (const node of correct) for (const { name } of node.evidence()) expect(name).toBe('p2');
  },
);

describe('a node that comes back', () => {
  test('repeats what it stated, and knows what it decided', async () => {
    const stage = new Stage();
    const dirs = [0, 1, 2, 3].map((i) => join(stage.folder, `data${i}`));
    const options = (i: number) => ({ dataDir: dirs[i] ?? '' });
    const nodes = await stage.startAll(options);
    const early = one(await agreeAll(nodes, 'early', [0, 1, 1, 0]));
    const pending = [nodes[0].agree('late', 1), nodes[1]?.agree('late', 1)];
    await until(() => (nodes[0].agreement('late')?.explain ?? '').includes('2 of 3 values'));
    const closed = Promise.all(pending.map((each) => errorOf(() => each)));
    for (const node of nodes) await node.close();
    for (const error of await closed) expect(error.code).toBe('ERR_CLOSED');
    const again = await stage.startAll(options);
    expect(again[0].agreement('early')).toMatchObject({ state: 'settled', decision: { value: early } });
    expect(await again[0].agree('early', 1)).toMatchObject({ value: early });
    expect(again[0].agreement('late')).toMatchObject({ state: 'open', proposal: 1, step: 1 });
    expect((await errorOf(() => again[0].agree('late', 0))).code).toBe('ERR_IDEMPOTENCY_CONFLICT');
    const resumed = [again[0].agree('late', 1, IN_TIME), again[1]?.agree('late', 1, IN_TIME)];
    const third = await again[2]?.agree('late', 1, IN_TIME);
    expect(third?.value).toBe(1);
    for (const each of await Promise.all(resumed)) expect(each?.value).toBe(1);
  });
});

const text = ({ value }: Agreement<Uint8Array>): string => Buffer.from(value).toString();

describe('a value', () => {
  test('is one that was proposed, and that of all correct members if they agree; others tell where it stands', async () => {
    const nodes = await new Stage().startAll();
    const all = await Promise.all(nodes.map((node) => node.agree('leader', 'p2', IN_TIME)));
    expect(all.map(text)).toEqual(Array(4).fill('p2'));
    const proposals = ['a', 'b', 'c'];
    const waiting = nodes.slice(0, 2).map((node, i) => node.agree('next', proposals[i] ?? '', IN_TIME));
    const view = () => nodes[0].agreement('next');
    await until(() => view()?.explain.includes('2 of 3 proposals are here (p0, p1)') === true);
    expect(view()?.explain).toMatch(
      /^"next" is not decided here\. This member proposed "a"\. .* None came from p2 \(connected\), p3 \(connected\)\./,
    );
    expect(view()).toMatchObject({ kind: 'value', coin: 'own', state: 'open', waitingFor: [2, 3] });
    expect(nodes[3]?.agreement('next')?.explain).toContain('has proposed nothing, and helps the others');
    const third = nodes[2]?.agree('next', 'c', IN_TIME);
    const decided = (await Promise.all([...waiting, third])).map((each) => each && text(each));
    expect(new Set(decided).size).toBe(1);
    expect(proposals).toContain(decided[0]);
    await until(() => nodes.every((node) => node.agreement('next')?.state === 'settled'));
    expect(view()?.explain).toMatch(/^"next" is decided: "[abc]"/);
  });

  test('that the predicate refuses is decided by nobody, and proposed by nobody correct', async () => {
    const stage = new Stage();
    const validateValue = ({ value }: { readonly value: Uint8Array }): boolean => value[0] !== 0x21;
    // p3 takes anything, and proposes what the others refuse.
    const nodes = await stage.startAll((index) => (index === 3 ? {} : { validateValue }));
    const refused = await errorOf(() => nodes[0].agree('x', '!'));
    expect([refused.code, refused.message]).toEqual(['ERR_USAGE', expect.stringContaining('validateValue')]);
    void nodes[3]?.agree('x', '!', IN_TIME);
    const decided = await Promise.all(nodes.slice(0, 3).map((node) => node.agree('x', 'fine', IN_TIME)));
    expect(decided.map(text)).toEqual(['fine', 'fine', 'fine']);
  });

  test('survives a restart of all members amid the agreement, and afterwards', async () => {
    const stage = new Stage();
    const options = (i: number) => ({ dataDir: join(stage.folder, `data${i}`) });
    const nodes = await stage.startAll(options);
    const pending = [nodes[0].agree('late', 'v'), nodes[1]?.agree('late', 'v')];
    await until(() => nodes[2]?.agreement('late')?.explain.includes('2 of 3 proposals') === true);
    const closed = Promise.all(pending.map((each) => errorOf(() => each)));
    for (const node of nodes) await node.close();
    for (const error of await closed) expect(error.code).toBe('ERR_CLOSED');
    const again = await stage.startAll(options);
    expect(again[0].agreement('late')).toMatchObject({ state: 'open', proposal: Uint8Array.of(0x76) });
    expect((await errorOf(() => again[0].agree('late', 'w'))).code).toBe('ERR_IDEMPOTENCY_CONFLICT');
    const resumed = [0, 1, 2].map((i) => again[i]?.agree('late', 'v', IN_TIME));
    for (const each of await Promise.all(resumed)) expect(each && text(each)).toBe('v');
    await until(() => again.every((node) => node.agreement('late')?.state === 'settled'));
    for (const node of again) await node.close();
    const last = await stage.startAll(options);
    expect(text(await last[0].agree('late', 'something else', IN_TIME))).toBe('v');
  });

  test('of the wrong length, and too many at once, are refused; a topic is one question', async () => {
    const node = await new Stage().start(0);
    const codes = async (value: string | Uint8Array) => (await errorOf(() => node.agree('x', value))).code;
    expect(await codes('')).toBe('ERR_USAGE');
    expect(await codes('\udc00')).toBe('ERR_USAGE');
    expect(await codes(new Uint8Array(1_025))).toBe('ERR_PAYLOAD_TOO_LARGE');
    const open = ['a', 'b', 'c', 'd'].map((topic) => errorOf(() => node.agree(topic, new Uint8Array(1_024))));
    const full = await errorOf(() => node.agree('e', 'x'));
    expect([full.code, full.retryable]).toEqual(['ERR_BACKLOG_FULL', true]);
    expect((await errorOf(() => node.agree('a', 1))).code).toBe('ERR_IDEMPOTENCY_CONFLICT');
    await node.close();
    for (const error of await Promise.all(open)) expect(error.code).toBe('ERR_CLOSED');
  });
});

describe('what makes no sense is said', () => {
  test.each([
    [{ topic: '' }, 'ERR_USAGE', 'a topic has 1 to 128 bytes'],
    [{ topic: 'ä'.repeat(65) }, 'ERR_USAGE', 'not 130'],
    [{ topic: '\udc00' }, 'ERR_USAGE', 'well-formed'],
    [{ value: 2 }, 'ERR_USAGE', '0 or 1'],
    [{ signal: AbortSignal.abort() }, 'ERR_ABORTED', 'aborted'],
  ] as const)('%j', async (wrong, code, message) => {
    const stage = new Stage();
    const node = await stage.start(0);
    const {
      topic = 'x',
      value = 1,
      signal,
    } = { topic: undefined, value: undefined, signal: undefined, ...wrong };
    const error = await errorOf(() => node.agree(topic, value as 0, signal === undefined ? {} : { signal }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(node.agreements()).toEqual([]);
  });

  test('another proposal, too many at once, a node that is closed', async () => {
    const stage = new Stage();
    const node = await stage.start(0);
    const first = node.agree('t0', 1);
    const conflict = await errorOf(() => node.agree('t0', 0));
    expect(conflict.code).toBe('ERR_IDEMPOTENCY_CONFLICT');
    expect(conflict.message).toContain('proposed 1 in "t0"');
    const others = Array.from({ length: 31 }, (_, i) => node.agree(`t${i + 1}`, 1));
    const full = await errorOf(() => node.agree('one more', 1));
    expect([full.code, full.retryable]).toEqual(['ERR_BACKLOG_FULL', true]);
    const given = new AbortController();
    const aborted = errorOf(() => node.agree('t0', 1, { signal: given.signal }));
    given.abort();
    expect((await aborted).code).toBe('ERR_ABORTED');
    const ends = [first, ...others].map((each) => errorOf(() => each));
    await node.close();
    for (const error of await Promise.all(ends)) expect(error.code).toBe('ERR_CLOSED');
    expect((await errorOf(() => node.agree('t0', 1))).code).toBe('ERR_CLOSED');
  });
});

test('a node that is a quorum by itself decides what it proposes', async () => {
  const node = await alone();
  expect(await node.agree('x', 1, IN_TIME)).toEqual({ topic: 'x', value: 1, phase: 1 });
  expect(await node.agree('y', false, IN_TIME)).toEqual({ topic: 'y', value: 0, phase: 1 });
});
