import { expect, test } from 'vitest';

import { type BatchLine, renderBatch } from '../../../../src/report/table/batch-table.ts';
import { displayWidth } from '../../../../src/report/table/text-layout.ts';
import { fixtureSummary, troubledSummary, withRow } from '../summary-fixture.ts';

function line(change: Partial<BatchLine> = {}): BatchLine {
  const plain = {
    number: 1,
    label: 'Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4',
    api: 'local_vllm',
    state: 'measured',
  } as const;
  return { ...plain, summary: fixtureSummary(), failure: null, ...change };
}

const failure = { text: 'E_ENGINE_START vLLM ended: CUDA out of memory', hint: 'free the device' };
const lines = [
  line(),
  line({ number: 2, state: 'before' }),
  line({ number: 3, state: 'failed', summary: null, failure }),
  line({ number: 4, state: 'waiting', summary: null }),
  line({ number: 6, state: 'waiting', summary: null }),
];

const rowsOf = (text: string): string[] => text.split('\n').filter((one) => one.startsWith('│'));
const cellsOf = (row: string | undefined): string[] => (row ?? '').split('│').map((cell) => cell.trim());

test('every row of every run stands in one table, with its three speeds, intervals and where it comes from', () => {
  const [head, ...rows] = rowsOf(renderBatch(lines, { width: 240, colour: false }));
  expect(cellsOf(head).slice(1, -1)).toEqual([
    '#',
    'Model',
    'API',
    'Prompt',
    'Speed(tokens/s)',
    'GPU Memory(GB)',
    'Decode(tok/s)',
    'Total(tok/s)',
    'TTFT(ms)',
    'n',
    'Valid',
    'Run',
  ]);
  const count = fixtureSummary().rows.length;
  expect(rows).toHaveLength(2 * count + 1);
  expect(cellsOf(rows[0])).toEqual(
    expect.arrayContaining([
      '1',
      'Qwen2.5-7B-Instruct-GPTQ-Int4',
      'local_vllm',
      expect.stringMatching(/ ± /),
      'yes',
      'now',
    ]),
  );
  expect(cellsOf(rows[count]).at(-2)).toBe('before');
  expect(rows.at(-1)).toMatch(/│ 3 │ .*│ failed: E_ENGINE_START vLLM ended: CUDA out of memory +│$/);
});

test('what failed, what comes from before and what is left is told below', () => {
  const text = renderBatch(lines, { width: 200, colour: false });
  expect(text).toMatch(/Before +measured by an earlier start/);
  expect(text).toMatch(/Failed +run 3, Qwen\/.*CUDA out of memory → free the device/);
  expect(text).toMatch(/Not run +run 4, 6: the same command goes on/);
});

test('a row that is not valid says so, with its reasons below', () => {
  const rows = withRow(0, { valid: false, reasons: ['prompt tokens: 7 in place of 1'] });
  const text = renderBatch([line({ summary: fixtureSummary({ rows }) })], { width: 200, colour: false });
  expect(cellsOf(rowsOf(text)[1])).toContain('no');
  expect(text).toMatch(/Not valid +run 1, 1 tokens: prompt tokens: 7 in place of 1/);
  expect(text).not.toMatch(/Before|Failed|Not run/);
});

test.each([80, 100, 120, 160])('at %i columns no line is longer, and the speed is always there', (width) => {
  const text = renderBatch([...lines, line({ number: 7, summary: troubledSummary() })], { width, colour: false });
  for (const one of text.split('\n')) expect(displayWidth(one)).toBeLessThanOrEqual(width);
  expect(text).toMatch(/Speed/);
});

test('nothing measured is said; server text steers no terminal', () => {
  expect(renderBatch([line({ state: 'waiting', summary: null })], { width: 80, colour: false })).toMatch(
    /no run was measured/,
  );
  const rude = line({ state: 'failed', summary: null, failure: { text: 'E_X \u001b[31mred\nline', hint: null } });
  expect(renderBatch([rude], { width: 80, colour: false })).not.toContain('\u001b');
  expect(renderBatch([rude], { width: 80, colour: true })).toContain('\u001b[31mfailed: E_X red line');
});
