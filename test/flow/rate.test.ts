import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Summary } from '../../src/contract/summary.ts';
import { type Holds, onSteadyMachine } from '../support/steady-machine.ts';
import { readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { undescribedNumbers } from '../support/undescribed-numbers.ts';

let server: Served;
let outputs: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  server = await serveReference(['--ttft-ms', '20', '--itl-ms', '5']);
  outputs = await temporaryFolder();
});
afterAll(async () => {
  await server.stop();
  await outputs.remove();
});

interface Stamps {
  readonly phase: string;
  readonly dueNs: number;
  readonly sentNs: number;
}

async function runAt(name: string, argv: string): Promise<{ summary: Summary; measured: Stamps[] }> {
  const command = ['perf', '--url', `${server.url}/v1/completions`, '--model', 'm', '--prompt', 'one two three'];
  const place = ['--max-tokens', '4', '--json', '--quiet', '--outputs-dir', path.join(outputs.path, name)];
  const ended = await tokometer([...command, ...argv.split(' '), ...place]);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  const summary = readSummary(ended.stdout);
  const lines = (await readFile(path.join(summary.directory, 'records.jsonl'), 'utf8')).trim().split('\n');
  const records = lines.map((line): Stamps => JSON.parse(line));
  const measured = records.filter((record) => record.phase === 'measured');
  return { summary, measured: measured.toSorted((one, other) => one.dueNs - other.dueNs) };
}

const gapsOf = (records: readonly Stamps[]): number[] =>
  records.slice(1).map((record, place) => record.dueNs - (records[place]?.dueNs ?? NaN));

test('100 requests a second for 2 s: each is due 10 ms after the one before, and sent at its time', async (context) =>
  onSteadyMachine(context, constantRate));

async function constantRate(holds: Holds): Promise<void> {
  const { summary, measured } = await runAt('constant', '--rate 100 --number 200 --arrival constant');
  const row = summary.rows[0];
  expect(row?.counts).toEqual({ measured: 200, failed: 0, warmup: 200, planned: 200, executions: 1 });
  expect(measured).toHaveLength(200);
  // Stamps on disk are whole nanoseconds.
  for (const gap of gapsOf(measured)) expect(Math.abs(gap - 10e6)).toBeLessThanOrEqual(2);
  for (const { sentNs, dueNs } of measured) expect(sentNs).toBeGreaterThanOrEqual(dueNs - 2);
  // Of 100 a second that stay 35 ms each, 3.5 are in flight; the end of the pass weighs little.
  expect(row?.values['concurrency']?.value).toBeGreaterThan(3);
  // A loop that waits for answers would be late by the time of an answer, 35 ms.
  expect(row?.values['send_delay']?.n).toBe(200);
  const delayMs = row?.values['send_delay']?.spread?.median ?? NaN;
  holds(delayMs < 5, `requests were sent ${delayMs} ms late (median)`);
  const rate = row?.values['sent_rate']?.value ?? NaN;
  holds(rate > 90 && rate < 110, `${rate} requests a second were sent`);
  const advice = summary.advice.map(({ id }) => id);
  holds(!advice.includes('falls-behind'), 'the advice is that the client falls behind');
  expect(undescribedNumbers(summary)).toEqual([]);
  const again = await tokometer(['report', summary.directory, '--format', 'json']);
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(JSON.stringify(summary)));
}

test('Poisson arrivals are those of the seed: made again, and others with another', async () => {
  const argv = '--rate 200 --number 60 --warmup-num 1';
  const [first, again, other] = [
    await runAt('first', argv),
    await runAt('again', argv),
    await runAt('other', `${argv} --seed 7`),
  ].map(({ measured }) => gapsOf(measured));
  expect(first).toHaveLength(59);
  expect(new Set(first?.map((gap) => Math.round(gap / 1e5))).size).toBeGreaterThan(20);
  // Each is due at so many nanoseconds after a start of its own, so a gap is the same but for its rounding.
  for (const [place, gap] of (first ?? []).entries())
    expect(Math.abs(gap - (again?.[place] ?? NaN))).toBeLessThanOrEqual(2);
  expect(other).not.toEqual(first);
});
