import { describe, expect, test } from 'vitest';

import type { PublishedSpeed } from '../../../src/catalog/published-document.ts';
import { publishedRows } from '../../../src/catalog/published-rows.ts';
import {
  findPublishedSpeeds,
  generatedSpeedOf,
  listPublishedSpeeds,
  publishedModels,
  type PublishedQuery,
} from '../../../src/catalog/published-speeds.ts';

const anything: PublishedQuery = {
  model: null,
  framework: null,
  hardware: null,
  quantization: null,
  promptTokens: null,
};
const find = (query: Partial<PublishedQuery>): readonly PublishedSpeed[] =>
  findPublishedSpeeds({ ...anything, ...query });

// Taken from the documents by a program of its own: rows, sum of speeds, rows with memory, sum of memory.
test.each([
  ['Qwen3', 'Transformers', 84, 9811.26, 80, 1_426_744],
  ['Qwen3', 'SGLang', 132, 113_494.7, 0, 0],
  ['Qwen2.5', 'Transformers', 112, 2710.19, 112, 2538.53],
  ['Qwen2.5', 'vLLM', 147, 14_175.35, 0, 0],
  ['Qwen2', 'Transformers', 72, 1833.73, 72, 2937.35],
  ['Qwen2', 'vLLM', 91, 7311.02, 0, 0],
  ['Qwen1.5', 'Transformers', 160, 4020.26, 150, 6164.94],
])(
  '%s on %s: the rows and their sums are those of the document',
  (...[generation, framework, count, speeds, memories, memory]) => {
    const rows = find({ framework }).filter((row) => row.document.generation === generation);
    const sum = (of: (row: PublishedSpeed) => number | null): number =>
      rows.reduce((all, row) => all + (of(row) ?? 0), 0);
    expect(rows).toHaveLength(count);
    expect(sum((row) => row.speed)).toBeCloseTo(speeds, 2);
    expect(rows.filter((row) => row.memory !== null)).toHaveLength(memories);
    expect(sum((row) => row.memory)).toBeCloseTo(memory, 2);
  },
);

describe('all rows', () => {
  const rows = listPublishedSpeeds();

  test('are 798 of 27 models, and no number is none', () => {
    expect(rows).toHaveLength(798);
    expect(publishedModels()).toHaveLength(27);
    for (const row of rows) {
      for (const value of [row.promptTokens, row.gpus, row.speed, row.memory]) {
        expect(value === null || (Number.isFinite(value) && value > 0), JSON.stringify(row)).toBe(true);
      }
    }
    expect(rows.filter((row) => row.speed === null).map((row) => row.note)).toEqual(
      Array.from({ length: 4 }, () => 'MoE Kernel Unsupported'),
    );
  });

  test('have the definition of speed of their document: Qwen3 total, the others generated', () => {
    const definitions = new Set(rows.map(({ document }) => `${document.generation} ${document.speed}`));
    expect([...definitions].toSorted()).toEqual([
      'Qwen1.5 generated_speed',
      'Qwen2 generated_speed',
      'Qwen2.5 generated_speed',
      'Qwen3 total_speed',
    ]);
  });
});

test.each([
  ['Qwen3-8B', 'SGLang', 'BF16', 30_720, 832.67, 52.04, null, 1],
  ['Qwen2.5-7B-Instruct', 'vLLM', 'BF16', 6144, 80.7, 80.7, null, 1],
  ['Qwen2.5-7B-Instruct', 'Transformers', 'AWQ', 1, 32.03, 32.03, 5.39, 1],
  ['Qwen3-0.6B', 'SGLang', 'FP8', 1, 458.03, 457.81, null, 1],
  ['Qwen2.5-72B-Instruct', 'Transformers', 'BF16', 30_720, 2.94, 2.94, 164.79, 3],
])(
  '%s on %s, %s, %d prompt tokens',
  (...[model, framework, quantization, promptTokens, speed, generated, memory, gpus]) => {
    const [row, ...others] = find({ model, framework, quantization, promptTokens });
    expect(others).toEqual([]);
    expect(row).toMatchObject({ speed, memory, gpus, outputTokens: 2048 });
    expect(row === undefined ? null : generatedSpeedOf(row)).toBeCloseTo(generated, 2);
  },
);

test('a name is known with organisation, folder, cache and quantisation, in any case', () => {
  const count = find({ model: 'Qwen2.5-7B-Instruct', quantization: 'AWQ' }).length;
  expect(count).toBe(10);
  for (const model of [
    'qwen/qwen2.5-7b-instruct-awq',
    '/models/Qwen2.5-7B-Instruct-AWQ/',
    '/cache/models--Qwen--Qwen2.5-7B-Instruct-AWQ/snapshots/abcdef',
  ]) {
    expect(find({ model }), model).toHaveLength(count);
  }
  expect(find({ model: 'Qwen3-8B-AWQ', hardware: 'h20' }).every((row) => row.quantization === 'AWQ-INT4')).toBe(true);
  expect(find({ model: 'Qwen2.5-7B' })).toEqual([]);
});

test('a figure of another form is refused, not read as none', () => {
  const [row] = listPublishedSpeeds();
  if (row === undefined) throw new Error('no rows');
  expect(() => publishedRows({ ...row.document, rows: 'M vLLM 1\n BF16 1=a' })).toThrow('"1=a" is no published figure');
});
