import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

import { readSummary, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { undescribedNumbers } from '../support/undescribed-numbers.ts';

const script = '--ttft-ms 20 --itl-ms 5 --prefill-speed 20000';
const lengths = '--prompt-lengths 1 400 --max-tokens 256';

test('an estimate predicts the scripted speeds, in a fraction of the time', async () => {
  const folder = await temporaryFolder();
  try {
    const argv = `perf --api reference ${script} ${lengths} --estimate --outputs-dir`.split(' ');
    const ended = await tokometer([...argv, folder.path]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/^ESTIMATE, not measured: predicted from shorter requests\n/);
    expect(ended.stderr).toMatch(/^estimate +prompts of 1, .* tell of 1, 400 with 256$/m);
    const directory = /Report +(\S+)\/report\.html/.exec(ended.stdout)?.[1] ?? '';
    const summary = readSummary(await readFile(path.join(directory, 'summary.json'), 'utf8'));
    expect(undescribedNumbers(summary)).toEqual([]);
    const rows = summary.estimate?.rows ?? [];
    expect(rows.map(({ cell }) => cell)).toEqual(['p1-g256', 'p400-g256']);
    for (const { promptTokens, values } of rows) {
      const latencyMs = 20 + promptTokens / 20 + 255 * 5;
      const shown = values['latency'];
      // Stamps are never early, and a busy machine makes them late.
      expect(shown?.value).toBeGreaterThan(0.95 * latencyMs);
      expect(shown?.interval?.low).toBeLessThan(shown?.value ?? 0);
      expect(values['generated_speed']?.value).toBeCloseTo(256_000 / (shown?.value ?? NaN), 6);
    }
    // Two passes of four depths at most, where the full run has four of two.
    expect(summary.rows.every((row) => row.outputTokens < 128 && row.counts.measured === 2)).toBe(true);
    const benchmark: unknown = JSON.parse(await readFile(path.join(directory, 'speed_benchmark.json'), 'utf8'));
    expect(benchmark).toMatchObject(summary.rows.map((row) => ({ 'Output Tokens': row.outputTokens })));
    const again = await tokometer(['report', directory, '--format', 'json']);
    expect(readSummary(again.stdout)).toEqual(summary);
  } finally {
    await folder.remove();
  }
});

test('a served API is asked for its speed by requests that are not recorded', async () => {
  const folder = await temporaryFolder();
  const server = await serveReference(script.split(' '));
  try {
    const argv = `perf --url ${server.url}/v1/completions --model m ${lengths} --estimate --json --outputs-dir`;
    const ended = await tokometer([...argv.split(' '), folder.path]);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = readSummary(ended.stdout);
    expect(summary.estimate?.rows).toHaveLength(2);
    expect(summary.rows.every((row) => row.valid)).toBe(true);
  } finally {
    await server.stop();
    await folder.remove();
  }
});

test('an estimate of a load is refused with one message', async () => {
  const ended = await tokometer(['perf', '--api', 'reference', '--prompt', 'hi', '--rate', '5', '--estimate']);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/^error +E_USAGE +--estimate predicts the standard speed, one request at a time/);
});
