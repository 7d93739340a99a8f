import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LiveCounters } from '../../../../src/base/live-counters.ts';
import { createProgress } from '../../../../src/cli/progress/progress.ts';
import type { ProgressInput, ProgressView } from '../../../../src/cli/progress/progress.ts';
import type { PassProgress, RequestProgress } from '../../../../src/contract/engine.ts';
import { displayWidth } from '../../../../src/report/table/text-layout.ts';
import { RecordingStream, withoutCodes } from './recording-stream.ts';

const views: ProgressView[] = [];

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));

afterEach(() => {
  for (const view of views.splice(0)) view.stop();
  vi.useRealTimers();
});

const now = (): number => performance.now();

function start(stream: RecordingStream, change: Partial<ProgressInput> = {}) {
  const counters = new LiveCounters();
  const given = { stream, counters, quiet: false, debug: false, logEveryRequests: 2, colour: false, now, ...change };
  const view = createProgress(given);
  views.push(view);
  return { view, counters };
}

const pass = (change: Partial<PassProgress> = {}): PassProgress => ({
  cell: 'p6144',
  kind: 'speed',
  promptTokens: 6144,
  outputTokens: 2048,
  parallel: 1,
  arrival: null,
  requests: 1,
  laterWaves: 0,
  phase: 'measured',
  execution: 1,
  executions: 1,
  repetition: 2,
  repetitions: 3,
  isOpen: false,
  remainingMs: 190_000,
  ...change,
});

const request = (change: Partial<RequestProgress> = {}): RequestProgress => ({
  done: 5,
  total: 12,
  failed: 0,
  promptTokens: 6144,
  outputTokens: 2048,
  phase: 'measured',
  ttftMs: 550,
  tokensPerSecond: 81.34,
  failure: null,
  ...change,
});

const terminal = (columns = 100): RecordingStream => new RecordingStream({ isTTY: true, columns });
const log = (): RecordingStream => new RecordingStream({ isTTY: false });

test('a terminal shows finished stages and one live line', () => {
  const stream = terminal();
  const { view, counters } = start(stream);
  view.title('tokometer perf · Qwen2.5-7B-Instruct');
  view.stage('model', '15.2 GB from the cache');
  view.pass(pass());
  for (let tick = 0; tick < 20; tick++) {
    counters.set('requestTokens', 1312 - 20 * 8 + (tick + 1) * 8);
    vi.advanceTimersByTime(100);
  }
  expect(stream.screen.slice(0, 3)).toEqual([
    'tokometer perf · Qwen2.5-7B-Instruct',
    '',
    '✔ model      15.2 GB from the cache',
  ]);
  expect(stream.screen[3]).toMatch(
    /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] 6,144 {6}repetition 2 of 3 · 1,312 of 2,048 tokens · 80\.0 tok\/s · 3 min 8 s left$/,
  );
});

test('the live line is redrawn at most ten times a second, whatever happens', () => {
  const stream = terminal();
  const { view, counters } = start(stream);
  view.pass(pass());
  const before = stream.writes.length;
  for (let index = 0; index < 5000; index++) {
    counters.add('requestTokens');
    vi.advanceTimersByTime(1);
  }
  expect(stream.writes.length - before).toBe(50);
});

test('speed is that of the last second, and starts anew with each request', () => {
  const stream = terminal();
  const { view, counters } = start(stream);
  const live = (): string => stream.screen.at(-1) ?? '';
  view.pass(pass());
  vi.advanceTimersByTime(500);
  expect(live()).toContain('repetition 2 of 3 · prefill · 3 min 10 s left');
  const generate = (perTick: number, ticks: number): void => {
    for (let tick = 0; tick < ticks; tick++) {
      counters.add('requestTokens', perTick);
      vi.advanceTimersByTime(100);
    }
  };
  generate(10, 20);
  expect(live()).toContain('100.0 tok/s');
  generate(5, 12);
  expect(live()).toContain('50.0 tok/s');
  counters.set('requestTokens', 0);
  view.pass(pass({ repetition: 3 }));
  vi.advanceTimersByTime(100);
  expect(live()).not.toContain('tok/s');
});

test('the time left falls, and is not told when it is unknown or over', () => {
  const stream = terminal();
  const { view } = start(stream);
  view.pass(pass({ remainingMs: 65_000 }));
  vi.advanceTimersByTime(10_000);
  expect(stream.screen.at(-1)).toContain('· 55 s left');
  vi.advanceTimersByTime(60_000);
  expect(stream.screen.at(-1)).not.toContain('left');
  view.pass(pass({ remainingMs: null }));
  vi.advanceTimersByTime(100);
  expect(stream.screen.at(-1)).not.toContain('left');
});

test('warnings, notes and failures stand above the live line', () => {
  const stream = terminal();
  const { view } = start(stream);
  view.pass(pass());
  view.warning('the server refused ignore_eos');
  view.note('stopping');
  view.request(request({ failure: 'reset by the server' }));
  view.debug('not told');
  vi.advanceTimersByTime(100);
  expect(stream.screen.slice(0, -1)).toEqual([
    '! warning    the server refused ignore_eos',
    '· note       stopping',
    '✖ failed     request 5 of 12, prompt 6,144: reset by the server',
  ]);
  expect(stream.screen.at(-1)).toContain('repetition 2 of 3');
});

test('a cell that ended leaves one line', () => {
  const stream = terminal();
  const { view } = start(stream);
  view.pass(pass({ repetition: 2 }));
  view.request(request());
  view.pass(pass({ repetition: 3 }));
  view.request(request());
  view.pass(pass({ cell: 'p14336', promptTokens: 14_336, repetition: 1 }));
  view.stop();
  expect(stream.screen).toEqual(['✔ 6,144      3 repetitions · last: 81.3 tok/s, TTFT 550 ms', '']);
});

test.each([40, 20, 12, 5, 1])('no line is wider than %i columns', (columns) => {
  const stream = terminal(columns);
  const { view, counters } = start(stream, { debug: true });
  counters.set('requestTokens', 7);
  view.title('tokometer perf · 通义千问 · a title that is far too long for this');
  view.pass(pass());
  vi.advanceTimersByTime(300);
  if (columns >= 20) {
    view.stage('engine', 'ready in 41 s (pid 4711, prefix cache off, max length 16,384)');
    view.warning('模型'.repeat(60));
  }
  vi.advanceTimersByTime(300);
  const drawn = stream.raw.split(/[\n\r]/).map(withoutCodes);
  expect(Math.max(...drawn.map(displayWidth))).toBeLessThanOrEqual(Math.max(columns, 2));
});

test('a live line that is cut ends in an ellipsis', () => {
  const stream = terminal(40);
  const { view } = start(stream);
  view.pass(pass());
  expect(stream.screen.at(-1)).toMatch(/…$/);
});

test('server text cannot steer the terminal', () => {
  const stream = terminal();
  const { view } = start(stream);
  view.warning('a\u001b[2Jb\u001b]0;title\u0007c\r\nd\u009b31me');
  expect(stream.raw).toBe('! warning    ab0;titlec d31me\n');
});

test('stop brings the cursor back and ends the redraws', () => {
  const stream = terminal();
  const { view } = start(stream);
  const listeners = process.listenerCount('exit');
  view.pass(pass());
  expect(stream.raw.startsWith('\u001b[?25l')).toBe(true);
  view.stop();
  expect(stream.raw.endsWith('\u001b[2K\u001b[?25h')).toBe(true);
  expect(process.listenerCount('exit')).toBe(listeners);
  const { length } = stream.writes;
  vi.advanceTimersByTime(1000);
  view.stop();
  expect(stream.writes).toHaveLength(length);
});

test('a log has plain lines: stages, passes, every nth request, each failure', () => {
  const stream = log();
  const { view, counters } = start(stream, { debug: true });
  view.title('tokometer perf · model');
  view.stage('model', '15.2 GB');
  view.pass(pass({ phase: 'warmup', repetition: 1, repetitions: 1, remainingMs: null }));
  for (const done of [1, 2, 3, 4]) {
    counters.set('requestTokens', done);
    vi.advanceTimersByTime(1000);
    view.request(request({ done }));
  }
  view.pass(pass());
  view.request(request({ done: 5, failed: 1, failure: 'HTTP 500: out\nof memory' }));
  view.request(request({ done: 6, failed: 1, ttftMs: null, tokensPerSecond: null }));
  view.debug('socket opened');
  view.stop();
  expect(stream.raw.split('\n')).toEqual([
    'tokometer perf · model',
    'model      15.2 GB',
    'pass       prompt 6,144, generate 2,048: warm-up',
    'requests   2 of 12 done, 0 failed; last: prompt 6,144, 81.3 tok/s, TTFT 550 ms',
    'requests   4 of 12 done, 0 failed; last: prompt 6,144, 81.3 tok/s, TTFT 550 ms',
    'pass       prompt 6,144, generate 2,048: repetition 2 of 3, 3 min 10 s left',
    'failed     request 5 of 12, prompt 6,144: HTTP 500: out of memory',
    'requests   6 of 12 done, 1 failed; last: prompt 6,144',
    'debug      socket opened',
    '',
  ]);
});

test('quiet tells warnings and failures alone', () => {
  for (const stream of [log(), terminal()]) {
    const { view } = start(stream, { quiet: true });
    view.title('title');
    view.stage('model', 'ready');
    view.note('a note');
    view.pass(pass());
    view.request(request({ done: 2 }));
    vi.advanceTimersByTime(1000);
    view.warning('look here');
    view.request(request({ failure: 'reset' }));
    view.stop();
    expect(
      stream.raw
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S /, '')),
    ).toEqual(['warning    look here', 'failed     request 5 of 12, prompt 6,144: reset']);
  }
});

test('colour is used only when it is asked for', () => {
  const plain = terminal();
  start(plain).view.warning('look');
  expect(plain.raw).not.toContain('\u001b');
  const coloured = terminal();
  start(coloured, { colour: true }).view.warning('look');
  expect(coloured.raw).toContain('\u001b[33m! warning');
});
