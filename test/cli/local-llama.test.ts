import { expect, test } from 'vitest';

import { readSummary, temporaryFolder, tokometer } from '../support/tokometer.ts';

test('random weights of a published shape are written, run and measured', async (context) => {
  try {
    await import('node-llama-cpp');
  } catch (error) {
    context.skip(`node-llama-cpp can't be loaded here: ${String(error)}`);
  }
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
