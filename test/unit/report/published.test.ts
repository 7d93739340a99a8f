import { describe, expect, test } from 'vitest';

import { findPublishedSpeeds, listPublishedSpeeds } from '../../../src/catalog/published-speeds.ts';
import { renderPublished } from '../../../src/report/published.ts';

const nothing = { framework: null, hardware: null, quantization: null, promptTokens: null };

describe('the table', () => {
  test('of all rows has no line above 80 columns, and no column for two definitions', () => {
    const text = renderPublished(listPublishedSpeeds(), 'table', 80);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text.match(/^Source /gm)).toHaveLength(4);
    expect(text.match(/│ +Total │/g)).toHaveLength(1);
    expect(text.match(/^│ /gm)).toHaveLength(798 + 4);
  });

  test('says definition, source and date, and what is the same in all rows only once', () => {
    const text = renderPublished(
      findPublishedSpeeds({ ...nothing, model: 'Qwen3-8B', framework: 'SGLang' }),
      'table',
      100,
    );
    expect(text).toMatch(/^Qwen3-8B · SGLang · version 0\.4\.6\.post1 · NVIDIA H20 96GB\n/);
    expect(text).toMatch(/│ BF16 +│ +30720 │ +832\.67 │ +52\.04 │/);
    expect(text).toMatch(/\nTotal +what the document calls speed.*\(prompt \+ generated tokens\)/);
    expect(text).toMatch(/\nSource +QwenLM\/Qwen3 .*c7f51a1a, 2025-05-20/);
  });
});

const cells = (line: string): number => line.replaceAll(/"(?:[^"]|"")*"/g, '').split(',').length;

test('csv has a line a row and as many cells in each', () => {
  const lines = renderPublished(listPublishedSpeeds(), 'csv', 80).trimEnd().split('\n');
  expect(lines).toHaveLength(799);
  expect(lines[0]).toMatch(/^model,framework,version,hardware,.*,speedTokensPerSecond,speedIs,speedFormula,/);
  expect(new Set(lines.map(cells)).size).toBe(1);
});

test('json tells the definition of each row', () => {
  const rows = findPublishedSpeeds({ ...nothing, model: 'Qwen3-8B-FP8', promptTokens: 1 });
  expect(JSON.parse(renderPublished(rows, 'json', 80))).toMatchObject([
    { speedTokensPerSecond: 150.25, speedIs: 'total_speed', speedBasis: 'stated in the document', date: '2025-05-20' },
    { speedTokensPerSecond: 15.46, memory: expect.any(Number), memoryUnit: 'MiB' },
  ]);
});
