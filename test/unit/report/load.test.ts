import { expect, test } from 'vitest';

import type { SloLimit } from '../../../src/contract/plan.ts';
import { renderHtml } from '../../../src/report/html/render-html.ts';
import { renderTable } from '../../../src/report/table/render-table.ts';
import { displayWidth } from '../../../src/report/table/text-layout.ts';
import { loadSummary, openLoopSummary } from './load-fixture.ts';

const slo: readonly SloLimit[] = [
  { metric: 'ttft', operator: '<=', limitMs: 100 },
  { metric: 'tpot', operator: '<', limitMs: 31.5 },
];

test.each([80, 140])('golden text of a load at %i columns', async (width) => {
  await expect(renderTable(loadSummary(), { width, colour: false })).toMatchFileSnapshot(
    `table/golden/load-${width}.txt`,
  );
});

test.each([80, 90, 100, 120, 160])('nothing is wider than %i columns', (width) => {
  for (const summary of [loadSummary(), loadSummary(3), loadSummary(0, 3), loadSummary(3, 3, slo), openLoopSummary()]) {
    const lines = renderTable(summary, { width, colour: false }).split('\n');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
  }
});

test('a load is a table of throughput and one of times, with what percentiles need', () => {
  const text = renderTable(loadSummary(), { width: 2000, colour: false });
  expect(text).toMatch(/^Load Benchmark Results:/);
  expect(text).toContain('Times in ms:');
  expect(text).toContain('p99 needs 100 requests, and there are 20');
  expect(text).toContain('one pass: no interval');
  expect(text).not.toContain('Speed(tokens/s)');
});

test('failures are counted beside what succeeded, and passes give an interval', () => {
  expect(renderTable(loadSummary(3), { width: 2000, colour: false })).toMatch(/│ +1021\/3 │/);
  const repeated = renderTable(loadSummary(0, 3), { width: 2000, colour: false });
  expect(repeated).toMatch(/± 95 % interval over 3 passes/);
});

test('the page shows the same rows and every percentile', () => {
  const html = renderHtml(loadSummary(), null, null);
  expect(html).toContain('load benchmark</title>');
  expect(html).toMatch(/Generates <strong>[\d,.]+ tokens\/s<\/strong> with 512 in flight/);
  expect(html).toContain('<th scope="row">512</th>');
  expect(html).toMatch(/p50 [\d,.]+ [^)]*p90 [\d,.]+[^)]*p99 n\/a/);
  expect(html).toContain('records.jsonl');
  expect(Buffer.byteLength(html)).toBeLessThan(1_500_000);
});

test.each([80, 140])('golden text of an open loop at %i columns', async (width) => {
  await expect(renderTable(openLoopSummary(), { width, colour: false })).toMatchFileSnapshot(
    `table/golden/open-loop-${width}.txt`,
  );
});

test('rows of an open loop are named by their rate, and what was sent stands beside what was asked for', () => {
  const text = renderTable(openLoopSummary(), { width: 2000, colour: false });
  expect(text).toMatch(/│ +Rate │ Requests │/);
  expect(text).toMatch(/│ +20 req\/s /);
  expect(text).toContain(
    'open loop, Poisson; sent 20.0 / 64.0 requests/s of 20 / 64 asked for; send delay p50 / p99 / max',
  );
  expect(text).not.toContain('in flight of');
  const html = renderHtml(openLoopSummary(), null, null);
  expect(html).toMatch(/tokens\/s<\/strong> at 64 req\/s\./);
  expect(html).toContain('Throughput and times by request rate');
  expect(html).toContain('<th scope="row">64</th>');
  expect(html).toContain('Send delay');
});

test('limits bring goodput and the share of requests that keep them, and are told below', () => {
  const judged = loadSummary(3, 1, slo);
  const text = renderTable(judged, { width: 2000, colour: false });
  expect(text).toMatch(/│ Total tok\/s +│ Goodput\/s │ In SLO\(%\) │/);
  const shares = judged.rows.map((row) => row.values['slo_attainment']?.value ?? NaN);
  expect(text).toMatch(new RegExp(`│ +85.0 │\n.*│ +${shares[1]?.toFixed(1)} │\n.*│ +${shares[2]?.toFixed(1)} │`));
  expect(shares[2]).toBeLessThan(90);
  expect(text).toMatch(/SLO +TTFT at most 100 ms, TPOT below 31.5 ms; a request that keeps all of them/);
  const html = renderHtml(judged, null, null);
  for (const part of ['<caption>Requests within the SLO</caption>', '<dt>SLO</dt>', '<b>Goodput</b>'])
    expect(html).toContain(part);
  expect(html).toMatch(/<th scope="row">1<\/th><td class="number">[\d.]+<\/td><td class="number">85.0<\/td>/);
  expect(html).toContain('requests answered with ttft &lt;= 100 ms and tpot &lt; 31.5 ms');
  expect(renderTable(loadSummary(), { width: 2000, colour: false })).not.toMatch(/goodput|SLO/i);
  expect(renderHtml(loadSummary(), null, null)).not.toMatch(/<caption>Requests within|<dt>SLO|<b>Goodput/);
});

test('where there is no room for goodput it stands below the table', () => {
  const text = renderTable(loadSummary(3, 3, slo), { width: 62, colour: false }).replaceAll(/\s+/g, ' ');
  expect(text).toMatch(/Goodput [\d.]+ \/ [\d.]+ \/ [\d.]+ requests\/s, [\d.]+ \/ [\d.]+ \/ [\d.]+ % of the requests/);
});
