import { expect, test } from 'vitest';
import type { Summary } from '../../../../src/contract/summary.ts';
import { renderTable } from '../../../../src/report/table/render-table.ts';
import { displayWidth } from '../../../../src/report/table/text-layout.ts';
import {
  fixtureEngine,
  fixtureRequest,
  fixtureRows,
  fixtureSummary,
  fixtureValue,
  troubledSummary,
  withRow,
} from '../summary-fixture.ts';

const plain = (summary: Summary, width = 100): string => renderTable(summary, { width, colour: false });
const flat = (summary: Summary): string => plain(summary, 2000);

test.each([80, 120])('golden text at %i columns', async (width) => {
  await expect(plain(fixtureSummary(), width)).toMatchFileSnapshot(`golden/calm-${width}.txt`);
  await expect(plain(troubledSummary(), width)).toMatchFileSnapshot(`golden/troubled-${width}.txt`);
});

test.each([60, 70, 80, 90, 100, 120, 160])('nothing is wider than %i columns', (width) => {
  for (const summary of [fixtureSummary(), troubledSummary()]) {
    const widest = Math.max(...plain(summary, width).split('\n').map(displayWidth));
    expect(widest).toBeLessThanOrEqual(width);
  }
});

test("the documents' columns stay in their order at any width", () => {
  for (const width of [20, 56, 60, 80, 120, 300]) {
    const head = plain(fixtureSummary(), width).split('\n')[2] ?? '';
    expect(head).toMatch(/^│ Prompt Tokens │ +Speed\(tokens\/s\) +│ GPU Memory\(GB\) │/);
  }
});

test('what a column had to give up is told below', () => {
  const text = plain(fixtureSummary(), 80);
  expect(text.split('\n')[2]).not.toContain('Total');
  expect(text).toContain('Total    84.43 / 325.3 / 616.7 / 1124 tok/s, row by row');
  expect(flat(fixtureSummary())).not.toContain('row by row');
});

test('unknown memory is n/a with its reason, and never a number', () => {
  const unknown = { ...fixtureValue('gpu_memory', null), reason: 'a served API does not tell its memory' };
  const rows = fixtureRows.map((row) => ({ ...row, values: { ...row.values, gpu_memory: unknown } }));
  const text = flat(fixtureSummary({ rows, engine: { ...fixtureEngine, memory: [] } }));
  expect(text).toMatch(/^│ +1 │ +84\.39 ± 0\.11 +│ +n\/a +│/m);
  expect(text).toMatch(/^Memory +n\/a: a served API does not tell its memory$/m);
});

test('a single run has no interval and says so once', () => {
  const rows = fixtureRows.map((row) => ({
    ...row,
    marks: ['single-run' as const],
    values: { ...row.values, generated_speed: fixtureValue('generated_speed', 84.39, null, 1) },
  }));
  const text = flat(fixtureSummary({ rows }));
  expect(text).toMatch(/^Speed .*last token; single run: no interval$/m);
  expect(text.match(/single run/g)).toHaveLength(1);
});

test('a row that is not valid is marked, and keeps its values', () => {
  const text = flat(fixtureSummary({ rows: withRow(1, { valid: false, reasons: ['wrong prompt count'] }) }));
  expect(text).toMatch(/^│ +✗ 6144 │ 81\.34 ± 0\.14 ¹ +│/m);
  expect(text).toMatch(/^¹ 6144 +not valid: wrong prompt count$/m);
});

test('notes that rows share have one number', () => {
  const text = flat(fixtureSummary({ rows: fixtureRows.map((row) => ({ ...row, marks: ['coalesced' as const] })) }));
  expect(text.match(/ ¹ +│/g)).toHaveLength(4);
  expect(text).toMatch(/^¹ all rows +coalesced: /m);
});

test('failed requests are counted with the words of the server', () => {
  const outcome = { ...fixtureRequest().outcome, status: 'failed' as const, failure: 'reset' as const };
  const failed = (message: string) => fixtureRequest({ outcome: { ...outcome, message } });
  const requests = [failed('connection reset'), failed('connection reset'), failed('HTTP 500: "oom"')];
  const counts = { measured: 1, failed: 3, warmup: 1, planned: 4, executions: 1 };
  const text = flat(fixtureSummary({ rows: withRow(0, { requests, counts }) }));
  expect(text).toMatch(/^¹ 1 +3 of 4 requests failed: connection reset \(2 times\); HTTP 500: "oom"$/m);
});

test('requests that failed are not told again as missing', () => {
  const counts = { measured: 2, failed: 1, warmup: 1, planned: 3, executions: 1 };
  const text = flat(fixtureSummary({ rows: withRow(0, { counts, marks: ['partial'] }) }));
  expect(text).toMatch(/^¹ 1 +1 of 3 requests failed$/m);
  expect(text).not.toContain('partial');
});

test('what every run on dummy weights or scaled lengths has reads as a fact of its own name', () => {
  const text = flat(
    fixtureSummary({
      advice: [
        { id: 'lengths-scaled', text: 'scaled by 0.05 to fit 3 min', hint: 'a larger --fit', rows: [] },
        { id: 'dummy-weights', text: 'dummy: random numbers', hint: null, rows: [] },
      ],
    }),
  );
  expect(text).toMatch(/^Lengths +scaled by 0\.05 to fit 3 min → a larger --fit$/m);
  expect(text).toMatch(/^Weights +dummy: random numbers$/m);
  expect(text).not.toMatch(/^Advice/m);
});

test('the cache state is told once where rows agree and by row where they differ', () => {
  const all = fixtureRows.map((row) => ({ ...row, cache: 'unknown' as const }));
  expect(flat(fixtureSummary({ rows: all }))).toMatch(/^Prompts .*prefix cache unknown: no count/m);
  const hit = withRow(2, { cache: 'hit', requests: [fixtureRequest({ cachedTokens: 14_000 })] });
  const text = flat(fixtureSummary({ rows: hit }));
  expect(text).toMatch(/^Prompts .*prefix cache: see the rows/m);
  expect(text).toMatch(/^¹ 14336 +prefix cache hit: up to 14,000 prompt tokens were not computed$/m);
});

test('what kept the length is told from the requests', () => {
  const outcome = { ...fixtureRequest().outcome, lengthRule: 'min_tokens' as const };
  const mixed = withRow(0, { requests: [fixtureRequest({ outcome })] });
  expect(flat(fixtureSummary())).toMatch(/^Output +length kept by ignore_eos$/m);
  expect(flat(fixtureSummary({ rows: mixed }))).toMatch(
    /^Output +length kept by min_tokens, which slows some servers \(1 requests\); ignore_eos \(9 requests\)$/m,
  );
});

test('a flood of warnings is cut short, and told', () => {
  const warnings = Array.from({ length: 60 }, (_, index) => `warning ${index % 40}`);
  const text = flat(fixtureSummary({ warnings }));
  expect(text.match(/^Warning/gm)).toHaveLength(26);
  expect(text).toContain('and 15 more in summary.json');
});

test('a run without a row says so', () => {
  const text = flat(fixtureSummary({ rows: [], state: 'partial' }));
  expect(text).toContain('Speed Benchmark Results:\nno row was measured\n');
  expect(text).toContain('stopped early: 0 of 0 requests');
});

test('colour changes nothing but colour', () => {
  const coloured = renderTable(troubledSummary(), { width: 80, colour: true });
  expect(coloured).toContain('\u001b[31m');
  const stripped = coloured.replaceAll(new RegExp(String.raw`\x1b\[\d+m`, 'g'), '');
  expect(stripped).toBe(plain(troubledSummary(), 80));
});

test('text of a server can not steer the terminal', () => {
  const evil = 'a\u001b[2J\u001b]0;x\u0007b\r\nc\u009b1m';
  const summary = fixtureSummary({
    machine: evil,
    directory: evil,
    warnings: [evil],
    advice: [{ id: 'x', text: evil, hint: evil, rows: [] }],
    engine: { ...fixtureEngine, name: evil, version: evil, url: evil, notes: [evil], settings: { [evil]: evil } },
    rows: withRow(0, { valid: false, reasons: [evil] }),
  });
  // oxlint-disable-next-line no-control-regex
  expect(plain(summary)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
