import { expect, test } from 'vitest';
import { z } from 'zod';

import { summarize } from '../../../src/metrics/summarize.ts';
import { speedBenchmarkJson } from '../../../src/store/export/speed-benchmark.ts';
import { cell, engine, plan, refused, runOf, scriptedRecord } from '../metrics/scripted-run.ts';

const records = [
  ...[9, 10, 11].map((itlMs, id) => scriptedRecord({ itlMs }, { id })),
  scriptedRecord({}, { id: 3, cell: 'p1', outcome: refused }),
];
const cells = [cell, { ...cell, id: 'p1', promptTokens: 1 }];
const memory = [{ kind: 'process', bytes: 15_000_000_000, method: 'NVML', reason: null } as const];

const rowsSchema = z.array(z.record(z.string(), z.unknown()));

function rowsOf(parts: Parameters<typeof runOf>[1]): Record<string, unknown>[] {
  return rowsSchema.parse(JSON.parse(speedBenchmarkJson(summarize(runOf(records, { cells, ...parts })), plan)));
}

test("EvalScope's three keys come first, rows by rising prompt length", () => {
  const rows = rowsOf({ engine: { ...engine, memory } });
  expect(rows.map((row) => Object.keys(row).slice(0, 3))).toEqual(
    rows.map(() => ['Prompt Tokens', 'Speed(tokens/s)', 'GPU Memory(GB)']),
  );
  expect(rows.map((row) => row['Prompt Tokens'])).toEqual([1, 100]);
  // 33 tokens in 0.45 s; 15e9 bytes are 13.97 x 2^30.
  expect(rows[1]).toMatchObject({ 'Speed(tokens/s)': 73.33, 'GPU Memory(GB)': 13.97, n: 3 });
});

test('what is not known is null with its reason, never 0', () => {
  const rows = rowsOf({});
  expect(rows[1]).toMatchObject({
    'GPU Memory(GB)': null,
    'Missing Values': { gpu_memory: 'a served API does not tell its memory' },
  });
  expect(rows[0]).toMatchObject({
    'Speed(tokens/s)': null,
    n: 0,
    Valid: false,
    Reasons: ['no measured request succeeded'],
  });
});

test('rows are extended with the other speeds, uncertainty, all requests and the parameters without secrets', () => {
  const row = rowsOf({})[1];
  expect(row).toMatchObject({
    'Decode Speed(tokens/s)': 100,
    'Total Speed(tokens/s)': 740,
    'TTFT(ms)': 50,
    Valid: true,
    Cache: 'proved-cold',
    Marks: [],
    Intervals: { decode_speed: { level: 0.95, unit: 'tokens/s' } },
    Requests: [{ id: 0, outcome: { status: 'ok' } }, { id: 1 }, { id: 2 }],
    Parameters: { model: 'Qwen/Qwen2.5-0.5B-Instruct', engine: { apiKey: '***' }, nonce: 'd1f0c7' },
  });
  expect(JSON.stringify(row)).not.toMatch(/secret/);
});
