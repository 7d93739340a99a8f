import { expect, test } from 'vitest';

import type { Summary, Estimate } from '../../../src/contract/summary.ts';
import { render } from '../../../src/report/render.ts';
import { displayWidth } from '../../../src/report/table/text-layout.ts';
import { fixtureRows, fixtureSummary, fixtureValue } from './summary-fixture.ts';

const [first, second] = fixtureRows;
if (first === undefined || second === undefined) throw new Error('two rows');

const law = (of: 'decode' | 'prefill', deviation: number): Estimate['laws'][number] => ({
  of,
  formula: `law of ${of}`,
  parameters: [],
  deviation: fixtureValue('ttft', deviation, null, 8),
});

const estimate: Estimate = {
  reason: null,
  rows: [
    { cell: 'p1', promptTokens: 1, outputTokens: 2048, values: first.values, beyondMeasured: 1 },
    { cell: 'p6144', promptTokens: 6144, outputTokens: 2048, values: second.values, beyondMeasured: 1.5 },
  ],
  laws: [law('prefill', 0.012), law('decode', 0.004)],
  measuredTime: fixtureValue('ttft', 5000, null, 8),
  fullTime: fixtureValue('ttft', 52_000, null, 1),
};
const rows = [{ ...first, promptTokens: 1, outputTokens: 64, values: second.values }];
const summary = (change: Partial<Estimate> = {}): Summary =>
  fixtureSummary({ rows, estimate: { ...estimate, ...change } });

test('the table says ESTIMATE above the predicted rows, and what was measured below', () => {
  const text = render(summary(), 'table', { width: 120 });
  const [title, , head, , one, two] = text.split('\n');
  expect(title).toBe('ESTIMATE, not measured: predicted from shorter requests');
  expect(head).toMatch(/^│ Prompt Tokens │ +Speed\(tokens\/s\) +│/);
  expect(one).toMatch(/^│ +1 +│ +84\.39 ± 0\.11 +│/);
  expect(two).toMatch(/^│ +6144 \* │ +81\.34 ± 0\.14 +│/);
  expect(text).toMatch(/\nMeasured for the estimate:\n[^]*│ +1 │ +81\.34 ± 0\.14/);
  expect(text).not.toContain('Speed Benchmark Results');
  expect(text).toMatch(/^Estimate +\* longer than any prompt that was measured \(1 tokens\)/m);
  expect(text).toMatch(/law of prefill \(residual deviation 1\.2 %\); law of decode \(residual deviation 0\.40? %\)/);
  expect(text).toMatch(/took 5(\.0)? s; those of the full run would take about 52 s \(9\.6 %\)/);
});

test.each([60, 80, 100])('nothing is wider than %i columns', (width) => {
  const lines = render(summary(), 'table', { width }).split('\n');
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
});

test('the page has the same rows under the same headline, and no sentence that quotes a probe', () => {
  const page = render(summary(), 'html');
  expect(page).toMatch(/<h2>ESTIMATE, not measured[^]*84\.39 <small>± 0\.11[^]*aria-label="Results"/);
  expect(page).toContain('<span class="badge warn">estimate</span>');
  expect(page).not.toContain('class="lead"');
  expect(render(fixtureSummary(), 'html')).not.toMatch(/<h2>ESTIMATE|>estimate</);
});

test('without an estimate the reason stands in its place', () => {
  const none = summary({ rows: [], laws: [], reason: '2 valid requests are too few' });
  expect(render(none, 'table', { width: 100 })).toContain('no estimate: 2 valid requests are too few');
  expect(render(none, 'html')).toContain('no row can be predicted: 2 valid requests are too few');
});
