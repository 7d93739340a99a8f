import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

import { readSummary, temporaryFolder, tokometer, type Ended } from '../support/tokometer.ts';

async function perf(words: string, use: (ended: Ended, outputs: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder();
  try {
    const argv = ['perf', '--api', 'reference', ...words.split(' '), '--outputs-dir', folder.path];
    await use(await tokometer(argv), folder.path);
  } finally {
    await folder.remove();
  }
}

const quick = '--prompt-lengths 1 8 --max-tokens 16 --ttft-ms 5 --itl-ms 2';

test('a precision is reached in spite of jitter, and the report of the directory says the same', async () => {
  await perf(`${quick} --jitter-ms 0.5 --precision 10% --json`, async (ended) => {
    expect(ended.code, ended.stderr).toBe(0);
    const { rows, directory, state } = readSummary(ended.stdout);
    expect(state).toBe('complete');
    for (const row of rows) {
      expect(row.stopped?.reason).toMatch(/^(precision|most)$/);
      expect(row.counts.measured).toBeGreaterThanOrEqual(5);
      expect(row.counts.planned).toBe(row.counts.measured);
      expect(row.warmups).toHaveLength(1);
      expect(row.warmups[0]?.timesMs).toHaveLength(row.warmups[0]?.passes ?? -1);
    }
    expect(ended.stderr).toMatch(/prompt 1: stopped (by precision|at the most repetitions): ± /);
    const again = await tokometer(['report', directory, '--format', 'json']);
    expect(readSummary(again.stdout).rows).toEqual(rows);
    expect(readSummary(again.stdout).state).toBe('complete');
  });
});

test('--warmup-num auto warms up until passes agree; unset is one pass, and judges nothing', async () => {
  await perf(`${quick} --warmup-num auto --json`, async (ended) => {
    for (const { warmups } of readSummary(ended.stdout).rows) {
      expect(warmups[0]?.passes).toBeGreaterThanOrEqual(3);
      expect(warmups[0]?.passes).toBeLessThanOrEqual(5);
      expect(warmups[0]?.steady).not.toBeNull();
    }
  });
  await perf(`${quick} --json`, async (ended) => {
    for (const { warmups, counts } of readSummary(ended.stdout).rows) {
      expect(counts.warmup).toBe(1);
      expect(warmups).toMatchObject([{ passes: 1, steady: null, reason: 'fixed' }]);
    }
  });
});

test('a time budget ends the run in time, and each row says so', async () => {
  await perf(`${quick} --time-budget 3s`, async (ended) => {
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/stopped by the time budget of 3\.?0? s: ± /);
    expect(ended.stdout).toContain('does not cover how starts');
  });
});

test('executions are told apart, each with its cold start, and the interval is one over starts', async () => {
  await perf(`${quick} --executions 3 --repetitions 2 --warmup-num 1 --json`, async (ended, outputs) => {
    expect(ended.code, ended.stderr).toBe(0);
    const summary = readSummary(ended.stdout);
    expect(summary.starts.map(({ execution, firstRequest }) => [execution, firstRequest?.cell])).toEqual([
      [1, 'p1-g16'],
      [2, 'p8-g16'],
      [3, 'p1-g16'],
    ]);
    for (const row of summary.rows) {
      expect(row.counts).toMatchObject({ measured: 6, planned: 6, executions: 3, warmup: 3 });
      // A speed has no upper limit where a busy machine scatters its times; a time always has its interval.
      expect(row.values['ttft']?.interval?.method).toBe('t on means of 3 starts, times');
      expect(row.warmups.map(({ steady, reason }) => [steady, reason])).toEqual([1, 2, 3].map(() => [null, 'fixed']));
    }
    expect(summary.directory.startsWith(outputs)).toBe(true);
    const protocol: unknown = JSON.parse(await readFile(path.join(summary.directory, 'protocol.json'), 'utf8'));
    expect(protocol).toMatchObject({ v: 1, isDone: true, starts: [{}, {}, {}] });
    const workload: unknown = JSON.parse(await readFile(path.join(summary.directory, 'workload.json'), 'utf8'));
    expect(workload).toMatchObject({ prompts: { length: 18 } });
  });
});

test.each([
  ['--api openai --url http://127.0.0.1:1 --model m --executions 2', /a served API is not restarted/],
  ['--api reference --number 8 --precision 2%', /--precision decides how often a row is measured/],
  ['--api reference --precision 2', /needs a share of at most 50% such as 2% or 0\.02/],
])('%s is refused', async (words, message) => {
  const ended = await tokometer(['perf', ...words.split(' ')]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(message);
});
