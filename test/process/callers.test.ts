import { describe, expect, test } from 'vitest';
import { Cluster } from './harness.ts';

describe('an idempotency key', () => {
  test('broadcasts once, across kill -9, and is refused with other bytes', async () => {
    const cluster = await Cluster.running();
    const member = cluster.member(1);
    const first = await member.broadcast('pay 10', { key: 'order-1' });
    expect(first).toMatchObject({ seq: 1, duplicate: false });
    await member.kill();
    await member.start();
    const again = await member.broadcast('pay 10', { key: 'order-1' });
    expect(again).toEqual({ ...first, duplicate: true });
    await expect(member.broadcast('pay 11', { key: 'order-1' })).rejects.toMatchObject({
      code: 'ERR_IDEMPOTENCY_CONFLICT',
      message: expect.stringMatching(/^key "order-1" was used for other bytes \(message 1, /),
    });
    expect(await member.broadcast('pay 10', { key: 'order-2' })).toMatchObject({ seq: 2, duplicate: false });
    expect(await cluster.agreed()).toBe(2);
  });

  test('used by many at once broadcasts once; whoever comes with other bytes is refused', async () => {
    const cluster = await Cluster.running();
    const member = cluster.member(0);
    const same = Array.from({ length: 8 }, () => member.broadcast('once', { key: 'k' }));
    const other = member.broadcast('something else', { key: 'k' });
    await expect(other).rejects.toMatchObject({ code: 'ERR_IDEMPOTENCY_CONFLICT' });
    const sent = await Promise.all(same);
    expect(sent.map(({ seq }) => seq)).toEqual(sent.map(() => 1));
    expect(sent.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await cluster.agreed()).toBe(1);
  });

  test('killed between its use and the answer, it can be used again without harm', async () => {
    const cluster = await Cluster.running();
    const member = cluster.member(2);
    const uses = Array.from({ length: 20 }, (_, i) =>
      member.broadcast(`payment ${i}`, { key: `payment-${i}` }),
    );
    const settled = Promise.allSettled(uses);
    await Promise.any(uses);
    await member.kill();
    await settled;
    await member.start();
    const again = await Promise.all(
      Array.from({ length: 20 }, (_, i) => member.broadcast(`payment ${i}`, { key: `payment-${i}` })),
    );
    expect(new Set(again.map(({ seq }) => seq)).size).toBe(20);
    expect(await cluster.agreed()).toBe(20);
  });
});

describe('a durable consumer', () => {
  test('goes on after what it acknowledged, across kill -9, without a gap', async () => {
    const cluster = await Cluster.running();
    await Promise.all(
      cluster.members.flatMap((member) =>
        Array.from({ length: 25 }, (_, i) => member.broadcast(`${member.name} says ${i}`)),
      ),
    );
    await cluster.agreed();
    const reader = cluster.member(2);
    const consume = (reads: number, acks: number) =>
      reader.life.ask('consume', { consumer: 'ledger', reads, acks });
    const everything = await reader.life.ask('consume', { consumer: 'another', reads: 100, acks: 0 });

    expect(await consume(30, 20)).toEqual(everything.slice(0, 30));
    expect(await consume(15, 15)).toEqual(everything.slice(20, 35));
    await reader.kill();
    await reader.start();
    expect(await consume(40, 40)).toEqual(everything.slice(35, 75));
    // Killed while it waits for more, having acknowledged up to here.
    const waiting = consume(50, 50);
    const refused = expect(waiting).rejects.toThrow('the process ended');
    await cluster.member(0).broadcast('one more');
    await cluster.until('the consumer acknowledges it', () =>
      reader.life.eventsOf('acknowledged').some(({ sender, seq }) => sender === 0 && seq === 26),
    );
    await cluster.member(0).broadcast('and one more');
    await reader.kill();
    await refused;
    await reader.start();
    expect(await consume(1, 1)).toMatchObject([{ sender: 0, seq: 27 }]);
  });
});
