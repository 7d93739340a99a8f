import { expect, test, type TestContext } from 'vitest';

import { readSummary, start, temporaryFolder, tokometer } from '../support/tokometer.ts';

async function needLlama(context: TestContext): Promise<void> {
  try {
    await import('node-llama-cpp');
  } catch (error) {
    context.skip(`node-llama-cpp can't be loaded here: ${String(error)}`);
  }
}

test('random weights of a published shape are written, run and measured', async (context) => {
  await needLlama(context);
  const folder = await temporaryFolder();
  try {
    const ended = await tokometer(
      [
        ...'perf --api local_llama --model Qwen/Qwen2.5-0.5B-Instruct --load-format dummy --fit 20s --repetitions 2'.split(
          ' ',
        ),
        '--prompt-lengths',
        '1',
        '4096',
        '--json',
        '--outputs-dir',
        folder.path,
      ],
      { XDG_CACHE_HOME: folder.path },
    );
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/threads chosen by a probe/);
    const summary = readSummary(ended.stdout);
    expect(summary.engine).toMatchObject({ weights: 'dummy', cache: 'off' });
    expect(summary.workload.scale?.factor).toBeLessThan(1);
    expect(summary.rows.map((row) => [row.valid, row.counts.measured])).toEqual([
      [true, 2],
      [true, 2],
    ]);
    for (const row of summary.rows) {
      for (const request of row.requests) {
        expect([request.promptTokens, request.outputTokens]).toEqual([row.promptTokens, row.outputTokens]);
      }
      expect(row.values['decode_speed']?.value).toBeGreaterThan(1);
    }
  } finally {
    await folder.remove();
  }
});

test('SIGINT keeps what was measured, though the package of the engine watches signals itself', async (context) => {
  await needLlama(context);
  const folder = await temporaryFolder();
  try {
    const words =
      'perf --api local_llama --model Qwen/Qwen2.5-0.5B-Instruct --load-format dummy --threads 1 --prompt-lengths 1 8 --max-tokens 8 --repetitions 200 --warmup-num 0 --log-every-n-query 1 --json --outputs-dir';
    const running = start([...words.split(' '), folder.path], { XDG_CACHE_HOME: folder.path });
    while (running.child.exitCode === null && !running.stderrSoFar().includes('requests   2 of')) {
      // oxlint-disable-next-line no-await-in-loop -- polling
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(130);
    const summary = readSummary(ended.stdout);
    expect(summary.state).toBe('partial');
    expect(summary.rows[0]?.counts.measured).toBeGreaterThanOrEqual(2);
  } finally {
    await folder.remove();
  }
});
