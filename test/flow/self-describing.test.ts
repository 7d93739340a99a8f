import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Summary } from '../../src/contract/summary.ts';
import { metrics } from '../../src/metrics/definition/list.ts';
import { publishedRatio } from '../../src/metrics/published-figures.ts';
import { summaryFields } from '../../src/metrics/summary-fields.ts';
import { onlyRun, readSummary, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { undescribedNumbers } from '../support/undescribed-numbers.ts';

let outputs: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  outputs = await temporaryFolder();
});
afterAll(() => outputs.remove());

async function summaryOf(name: string, argv: readonly string[]): Promise<Summary> {
  const folder = path.join(outputs.path, name);
  const ended = await tokometer(['perf', ...argv, '--outputs-dir', folder, '--quiet']);
  expect(ended.stderr).toBe('');
  return readSummary(await readFile(path.join(await onlyRun(folder), 'summary.json'), 'utf8'));
}

test('every number of a speed run says its unit, formula, n and method', async () => {
  const argv = '--api reference --ttft-ms 2 --itl-ms 0.5 --prompt-lengths 1 64 --max-tokens 8 --repetitions 2'.split(
    ' ',
  );
  const summary = await summaryOf('speed', argv);
  expect(summary.rows).toHaveLength(2);
  expect(undescribedNumbers(summary)).toEqual([]);
  // The walk itself finds what is missing: a number without a field, and a value without its unit.
  expect(undescribedNumbers({ ...summary, fields: [] })).toContain('rows[].requests[].ttftMs');
  const [row] = summary.rows;
  const ttft = row?.values['ttft'];
  if (row === undefined || ttft === undefined) throw new Error('a row with a TTFT');
  const bare = { ...row, values: { ttft: { ...ttft, unit: '' } } };
  expect(undescribedNumbers({ ...summary, rows: [bare] } as Summary)).toEqual(['rows[].values.ttft']);
});

test('every number of a load run says its unit, formula, n and method', async () => {
  const server = await serveReference(['--ttft-ms', '1', '--itl-ms', '0.5']);
  const argv = ['--url', `${server.url}/v1/completions`, '--model', 'm', '--prompt', 'one two', '--max-tokens', '8'];
  const summary = await summaryOf('load', [...argv, '--parallel', '4', '--number', '40']);
  await server.stop();
  expect(summary.rows[0]?.values['ttft']?.percentiles).toHaveLength(4);
  expect(undescribedNumbers(summary)).toEqual([]);
});

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');

test('the page of metrics has each definition as the summary does', async () => {
  const page = await readFile(path.resolve(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  for (const { id, label, unit, better, formula } of [...metrics, publishedRatio]) {
    expect(page).toContain(`| \`${id}\` | ${cell(label)} | ${cell(unit)} | ${better} | ${cell(formula)} |`);
  }
  for (const { path: place, unit, formula, method } of summaryFields) {
    expect(page).toContain(`| \`${cell(place)}\` | ${cell(unit)} | ${cell(formula)} | ${cell(method)} |`);
  }
});
