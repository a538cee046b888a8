import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { onAbort } from '../../src/base/index.ts';

test('a signal gets one listener for all, and none once all are gone', () => {
  const { signal } = new AbortController();
  const releases = Array.from({ length: 100 }, () => onAbort(signal, () => expect.fail('it did not fire')));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const release of releases) {
    release();
    release();
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('each is called once, in order, but not those that were taken back, by one before them too', () => {
  const controller = new AbortController();
  const called: string[] = [];
  const note = (name: string) => (): void => void called.push(name);
  onAbort(controller.signal, note('a'));
  onAbort(controller.signal, note('gone'))();
  onAbort(controller.signal, () => {
    called.push('b');
    releaseLast();
  });
  const releaseLast = onAbort(controller.signal, note('last'));
  controller.abort();
  controller.abort();
  releaseLast();
  expect(called).toEqual(['a', 'b']);
});

test('somebody may begin to wait after everybody left', () => {
  const controller = new AbortController();
  onAbort(controller.signal, () => expect.fail('it was taken back'))();
  let called = 0;
  onAbort(controller.signal, () => {
    called += 1;
  });
  controller.abort();
  expect(called).toBe(1);
});
