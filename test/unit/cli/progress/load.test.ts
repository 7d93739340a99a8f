import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { LiveCounters } from '../../../../src/base/live-counters.ts';
import { loadTimeLeft } from '../../../../src/cli/progress/load-time-left.ts';
import { createProgress, type ProgressView } from '../../../../src/cli/progress/progress.ts';
import type { PassProgress } from '../../../../src/contract/engine.ts';
import { RecordingStream } from './recording-stream.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

const pass: PassProgress = {
  cell: 'c512-n2048-g128',
  kind: 'load',
  promptTokens: null,
  outputTokens: 128,
  parallel: 512,
  arrival: null,
  requests: 2048,
  phase: 'measured',
  execution: 1,
  executions: 1,
  repetition: 1,
  repetitions: 1,
  isOpen: false,
  remainingMs: null,
  laterWaves: 0,
};
const end = { done: 2048, failed: 0, durationMs: 5400, outputTokens: 262_144, firstFailure: null };

const now = (): number => performance.now();

function start(stream: RecordingStream, logEveryRequests = 500): { view: ProgressView; counters: LiveCounters } {
  const counters = new LiveCounters();
  const view = createProgress({ stream, counters, quiet: false, debug: false, logEveryRequests, colour: false, now });
  return { view, counters };
}

// Half of the tokens of a second each, as traffic would count them.
function advance(counters: LiveCounters, seconds: number, amount: { done: number; tokens: number }): void {
  for (let tenth = 0; tenth < seconds * 10; tenth++) {
    counters.add('done', amount.done / 10);
    counters.add('tokens', amount.tokens / 10);
    vi.advanceTimersByTime(100);
  }
}

test('a terminal shows requests, load, speed and the time that is left, from the counters alone', () => {
  const stream = new RecordingStream({ isTTY: true, columns: 100 });
  const { view, counters } = start(stream);
  counters.add('due', 600);
  counters.add('done', 88);
  view.pass(pass);
  counters.add('due', 512);
  advance(counters, 2, { done: 250, tokens: 48_300 });
  expect(stream.screen.at(-1)).toMatch(
    /load 512 +requests [45]\d\d of 2,048 · in flight [56]\d\d · 48,300 tok\/s · 4 s left$/,
  );
  view.passEnd(end);
  expect(stream.screen.join('\n')).toContain('✔ load 512   2,048 requests in 5.4 s · 48,545 tok/s');
  view.stop();
});

test('elsewhere a line comes every so many requests, and none between', () => {
  const stream = new RecordingStream({ isTTY: false });
  const { view, counters } = start(stream);
  view.pass(pass);
  counters.add('due', 2048);
  advance(counters, 3, { done: 400, tokens: 40_000 });
  view.passEnd({ ...end, failed: 3, firstFailure: 'HTTP 503' });
  view.stop();
  vi.advanceTimersByTime(5000);
  const lines = stream.raw.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe('pass       512 in flight, 2,048 requests, generate 128: repetition 1 of 1');
  expect(lines[1]).toMatch(/^requests +requests 5\d\d of 2,048 · in flight [\d,]+ · 40,000 tok\/s · \d+ s left$/);
  expect(lines[2]).toMatch(/^requests +requests 1,0\d\d of 2,048/);
  expect(lines[3]).toBe('failed     3 of 2,048 requests; the first: HTTP 503');
  expect(lines[4]).toMatch(/^passed +2,048 requests, 3 failed, in 5\.4 s/);
});

test('the time left counts what follows by the time of a wave', () => {
  const state = { done: 1024, failed: 0, inFlight: 512, tokens: 0 };
  expect(loadTimeLeft(pass, state, 4000)).toBe(4000);
  expect(loadTimeLeft({ ...pass, laterWaves: 3 }, state, 4000)).toBe(10_000);
  expect(loadTimeLeft(pass, { ...state, done: 0, tokens: 131_072 }, 4000)).toBe(4000);
  expect(loadTimeLeft(pass, { ...state, done: 1 }, 4000)).toBeNull();
  expect(loadTimeLeft(pass, state, 100)).toBeNull();
});

test('an open loop is named by its rate, and ends by its clock', () => {
  const arrival = { kind: 'poisson' as const, requestsPerSecond: 20 };
  const open: PassProgress = { ...pass, cell: 'r20-n600-g128', parallel: null, arrival, requests: 600, laterWaves: 10 };
  const stream = new RecordingStream({ isTTY: false });
  const { view } = start(stream);
  view.pass(open);
  view.stop();
  expect(stream.raw).toContain('20 requests/s (poisson), 600 requests, generate 128: repetition 1 of 1');
  const screen = new RecordingStream({ isTTY: true, columns: 100 });
  const shown = start(screen);
  shown.view.pass(open);
  shown.view.passEnd({ ...end, done: 600 });
  shown.view.stop();
  expect(screen.screen.join('\n')).toContain('✔ 20 req/s   600 requests in 5.4 s');
  const state = { done: 0, failed: 0, inFlight: 512, tokens: 0 };
  expect(loadTimeLeft(open, state, 4000)).toBe(36_000);
  expect(loadTimeLeft(open, state, 40_000)).toBe(10_000);
});
