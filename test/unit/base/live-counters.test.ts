import { expect, test } from 'vitest';
import { LiveCounters, mostClientThreads } from '../../../src/base/live-counters.ts';

test('lanes in one memory add up, and a request is that of the reader’s own lane', () => {
  const main = new LiveCounters();
  const first = new LiveCounters(main.shared, 1);
  const last = new LiveCounters(main.shared, mostClientThreads);
  main.addTokens(1, 1);
  first.addTokens(2, 20);
  last.addTokens(4, 40);
  last.add('done');
  first.add('done', 2);
  expect([main, first, last].map((counters) => counters.get('tokens'))).toEqual([7, 7, 7]);
  expect(main.get('done')).toBe(3);
  expect([main, first, last].map((counters) => counters.get('requestTokens'))).toEqual([1, 20, 40]);
  first.set('tokens', 0);
  expect(main.get('tokens')).toBe(5);
});
