import { expect, test } from 'vitest';
import { rampMs, usualRampMs } from '../../../../src/traffic/loop/ramp.ts';

test('first starts are 5 ms apart, and 250 ms at most in all where nothing is known', () => {
  expect([1, 4, 50, 512].map(usualRampMs)).toEqual([5, 20, 250, 250]);
  expect(rampMs({ parallel: 512, requests: 50_000, latencyMs: null })).toBe(250);
});

test('many requests start 1 ms apart where that is a hundredth of the pass at most', () => {
  expect(rampMs({ parallel: 512, requests: 512 * 40, latencyMs: 1400 })).toBe(512);
  expect(rampMs({ parallel: 512, requests: 512 * 20, latencyMs: 1400 })).toBeCloseTo(280, 9);
  expect(rampMs({ parallel: 512, requests: 512 * 4, latencyMs: 1400 })).toBe(250);
});

test('a ramp is no longer than a request, and few requests need none longer than usual', () => {
  expect(rampMs({ parallel: 1024, requests: 1024 * 400, latencyMs: 600 })).toBe(600);
  expect(rampMs({ parallel: 64, requests: 64_000, latencyMs: 30_000 })).toBe(250);
});
