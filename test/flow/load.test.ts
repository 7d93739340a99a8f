import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Holds, onSteadyMachine } from '../support/steady-machine.ts';
import { readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

let server: Served;
let outputs: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  server = await serveReference(['--ttft-ms', '20', '--itl-ms', '10']);
  outputs = await temporaryFolder();
});
afterAll(async () => {
  await server.stop();
  await outputs.remove();
});

test(
  'two loads over a real socket: exact counts, the load that was asked for, and the gaps of the script',
  { timeout: 200_000 },
  (context) => onSteadyMachine(context, twoLoads),
);

// Means over hundreds of gaps: a client that loses tokens or holds requests back fails each time.
async function twoLoads(holds: Holds): Promise<void> {
  const argv = ['perf', '--url', `${server.url}/v1/completions`, '--model', 'm', '--prompt', 'one two three'];
  argv.push('--max-tokens', '24', '--parallel', '2', '16', '--number', '20', '160', '--json', '--quiet');
  const ended = await tokometer([...argv, '--outputs-dir', outputs.path]);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  const { rows, directory } = readSummary(ended.stdout);
  expect(rows.map((row) => [row.parallel, row.counts, row.valid])).toEqual([
    [2, expect.objectContaining({ measured: 20, failed: 0, planned: 20 }), true],
    [16, expect.objectContaining({ measured: 160, failed: 0, planned: 160 }), true],
  ]);
  for (const row of rows) {
    const value = (id: string): number => row.values[id]?.value ?? NaN;
    expect([value('prompt_tokens'), value('output_tokens')]).toEqual([3, 24]);
    expect(value('concurrency')).toBeLessThanOrEqual(row.parallel ?? 0);
    const share = value('concurrency') / (row.parallel ?? NaN);
    holds(share > 0.85, `only ${share} of the requests were in flight`);
    // A second token that shares the read of the first has no gap.
    expect(row.values['itl']?.n).toBeLessThanOrEqual(23 * row.counts.measured);
    const gaps = (row.values['itl']?.n ?? NaN) / row.counts.measured;
    holds(gaps > 20, `only ${gaps} of 23 gaps of a request are seen`);
    expect(value('itl')).toBeGreaterThan(9.9);
    holds(value('itl') < 20, `gaps of ${value('itl')} ms`);
    expect(value('ttft')).toBeGreaterThan(19.9);
    expect(value('output_throughput')).toBeCloseTo(24 * value('request_throughput'), 6);
    // Little's law: what is in flight is what comes in by how long it stays.
    const stayed = row.requests
      .filter((request) => request.phase === 'measured')
      .map(({ latencyMs }) => latencyMs ?? NaN);
    const meanSeconds = stayed.reduce((sum, ms) => sum + ms, 0) / stayed.length / 1000;
    expect(value('request_throughput') * meanSeconds).toBeCloseTo(value('concurrency'), 0);
  }
  expect(rows[1]?.values['ttft']?.percentiles.every(({ value }) => value !== null)).toBe(true);
  const records = (await readFile(path.join(directory, 'records.jsonl'), 'utf8')).trim().split('\n');
  expect(records).toHaveLength(rows.reduce((sum, { counts }) => sum + counts.measured + counts.warmup, 0));
  const again = await tokometer(['report', directory, '--format', 'json']);
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(ended.stdout));
}
