import { expect, test } from 'vitest';
import { threadsFor } from '../../../../src/run/shard/threads-for.ts';

const load = { busy: 0.8, durationMs: 1000, cores: 8, parallel: 64 };

test.each([
  ['a thread that keeps up', { busy: 0.6 }, 1],
  ['one that hardly does', { busy: 0.61 }, 2],
  ['one that does not: the load may be twice what it could take', { busy: 1 }, 4],
  ['a core is left to the main thread', { busy: 1, cores: 3 }, 2],
  ['two cores: threads only disturb each other', { busy: 1, cores: 2 }, 1],
  ['no more threads than requests in flight', { busy: 1, parallel: 3 }, 3],
  ['a warm-up too short to tell', { busy: 1, durationMs: 199 }, 1],
])('%s', (_, change, threads) => {
  expect(threadsFor({ ...load, ...change })).toBe(threads);
});
