import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import type { ExportedRun, Field } from '../../../../src/contract/export.ts';
import { metrics } from '../../../../src/metrics/definition/list.ts';
import { exportRun } from '../../../../src/run/export-run.ts';
import { resultsCsv } from '../../../../src/store/export/csv.ts';
import { resultsJsonl } from '../../../../src/store/export/jsonl.ts';
import { llamaBenchJson } from '../../../../src/store/export/llama-bench.ts';
import { wideMetrics } from '../../../../src/store/export/metric-columns.ts';
import { linesOf, tableForms } from '../../../../src/store/export/tables.ts';
import { loadOptional, optionalPackages } from '../../../../src/store/optional-package.ts';
import { plainField } from '../../../../src/store/query/plain-field.ts';

const golden = path.resolve(import.meta.dirname, '../../../golden/run');

async function linesAsObjects(name: string, run: ExportedRun): Promise<Record<string, Field>[]> {
  const columns = tableForms.find((form) => form.name === name)?.columns ?? [];
  const objects: Record<string, Field>[] = [];
  for await (const line of linesOf(name, [run])) {
    objects.push(Object.fromEntries(columns.map((column, place) => [column.name, line[place] ?? null])));
  }
  return objects;
}

test('every metric has a column of its own, in its unit', () => {
  expect(new Map(wideMetrics)).toEqual(new Map(metrics.map(({ id, unit }) => [id, unit])));
});

test('columns have names that SQL takes unquoted, each once a table, and keys are columns', () => {
  for (const { columns, key } of tableForms) {
    const names = columns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(names).toEqual(expect.arrayContaining([...key]));
  }
});

test('every field of a run has the type of its column, and keys are unique', async () => {
  const run = await exportRun(golden);
  const types = { text: 'string', timestamp: 'string', integer: 'number', real: 'number', boolean: 'boolean' };
  for (const { name, columns, key } of tableForms) {
    const lines = await linesAsObjects(name, run);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      for (const column of columns) {
        const field = line[column.name] ?? null;
        if (field !== null) expect(`${column.name} ${typeof field}`).toBe(`${column.name} ${types[column.type]}`);
        if (column.type === 'integer' && field !== null) expect(field).toSatisfy(Number.isSafeInteger);
      }
    }
    const keys = lines.map((line) => key.map((one) => line[one]).join('\n'));
    expect(new Set(keys).size).toBe(lines.length);
  }
});

test('the requests of the records are those of the summary', async () => {
  const run = await exportRun(golden);
  const lines = await linesAsObjects('requests', run);
  const listed = run.summary.rows.flatMap((row) => row.requests);
  expect(lines.map((line) => [line['id'], line['ttft_ms'], line['decode_speed_tokens_per_s']])).toEqual(
    listed
      .toSorted(
        (one, other) =>
          lines.findIndex((line) => line['id'] === one.id) - lines.findIndex((line) => line['id'] === other.id),
      )
      .map(({ id, ttftMs, decodeSpeed }) => [id, ttftMs, decodeSpeed]),
  );
});

test('texts are quoted, and secrets of an endpoint masked', async () => {
  const run = await exportRun(golden);
  const [row] = run.summary.rows;
  if (row === undefined) throw new Error('the golden run has rows');
  const summary = {
    ...run.summary,
    model: 'a "model", of\ntwo lines',
    engine: { ...run.summary.engine, url: 'http://user:secret@host/v1?api_key=hidden' },
    rows: [{ ...row, valid: false, reasons: ['one', 'two'] }],
  };
  const hostile = { ...run, summary };
  const [, text = ''] = resultsCsv([hostile]).split(/\n(.*)/s);
  expect(text).toContain(`,"a ""model"", of\ntwo lines",`);
  expect(text).toContain(',false,one; two,');
  const [line] = await linesAsObjects('runs', hostile);
  expect(line?.['url']).toBe('http://***@host/v1?api_key=***');
  expect(resultsJsonl([hostile])).not.toContain('secret');
});

test("llama-bench's times are those of the requests", async () => {
  const run = await exportRun(golden);
  const tests: { n_gen: number; n_depth: number; samples_ns: number[]; samples_ts: number[] }[] = JSON.parse(
    llamaBenchJson(run),
  );
  const decoded = tests.filter(({ n_gen }) => n_gen > 0);
  expect(decoded.length).toBeGreaterThan(0);
  for (const { n_gen, n_depth, samples_ns, samples_ts } of decoded) {
    const rates = samples_ns.map((ns) => n_gen / (ns / 1e9));
    rates.forEach((rate, place) => expect(samples_ts[place]).toBeCloseTo(rate, 4));
    const speeds = run.summary.rows
      .flatMap((row) => row.requests)
      .filter(({ phase, promptTokens }) => phase === 'measured' && promptTokens === n_depth);
    for (const rate of samples_ts) {
      expect(speeds.some(({ decodeSpeed }) => decodeSpeed !== null && Math.abs(decodeSpeed / rate - 1) < 1e-9)).toBe(
        true,
      );
    }
  }
});

test('optional packages are named in the versions that the tests run with', async () => {
  const { devDependencies, peerDependencies } = JSON.parse(
    await readFile(path.resolve(import.meta.dirname, '../../../../package.json'), 'utf8'),
  );
  for (const [name, version] of Object.entries(optionalPackages)) {
    expect([devDependencies[name], peerDependencies[name]]).toEqual([version, `^${version}`]);
  }
  const broken = Object.assign(new Error('a bug inside'), { code: 'ERR_OTHER' });
  await expect(loadOptional(['sql.js'], 'x', () => Promise.reject(broken))).rejects.toBe(broken);
});

test.each([
  [12n, 12],
  [2n ** 60n, '1152921504606846976'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [[1n, 'a'], '[1,"a"]'],
  [Infinity, 'Infinity'],
  [undefined, null],
])('%s of a result becomes %s', (value, field) => {
  expect(plainField(value)).toBe(field);
});
