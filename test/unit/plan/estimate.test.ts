import { describe, expect, test } from 'vitest';

import { probeDepths } from '../../../src/plan/estimate-plan.ts';
import { plan } from '../../../src/plan/plan.ts';

describe('--estimate', () => {
  test('plans probes in turn, and keeps the full run beside them', () => {
    const { cells, estimate, traffic } = plan({ api: 'reference', estimate: true });
    expect(cells.map(({ promptTokens }) => promptTokens)).toEqual([1, 923, 7066, 15_258, 31_642]);
    expect(cells.every(({ outputTokens }) => outputTokens < 2048 / 5)).toBe(true);
    expect(traffic).toMatchObject({ repetitions: null, requests: 10, warmups: 1 });
    expect(estimate).toMatchObject({ repetitions: 3, warmups: 1 });
    expect(estimate?.cells.map(({ id }) => id)).toEqual(['p1-g2048', 'p6144-g2048', 'p14336-g2048', 'p30720-g2048']);
    expect(plan({ api: 'reference' }).estimate).toBeNull();
  });

  test.each([
    ['prompt', { prompt: 'hello', parallel: [1, 8] }, /^--estimate predicts the standard speed, one request at a time/],
    ['rate', { prompt: 'hello', rates: [5] }, /^--estimate predicts the standard speed/],
    ['number', { requests: [8] }, /^--number deals requests/],
    ['precision', { precision: 0.02 }, /^--precision asks for repetitions/],
    ['executions', { executions: 3 }, /^--executions measures several starts/],
    ['short', { maxTokens: 40 }, /--max-tokens 40 is hardly longer/],
  ])('refuses %s with one message', (_, options, message) => {
    expect(() => plan({ api: 'reference', estimate: true, ...options })).toThrow(message);
  });
});

describe('probe depths', () => {
  test.each([
    ['the middles of the rows', [1, 6144, 14_336, 30_720], 2048, [1, 923, 7066, 15_258, 31_642]],
    ['the generation is longer than the prompt', [1], 2048, [1, 231, 462, 923]],
    ['one long prompt', [8192], 2048, [2279, 5696, 7405, 9114]],
    ['the generation counts beside the prompt', [4096], 2048, [1255, 3136, 4077, 5018]],
    ['two lengths, unsorted', [512, 1], 128, [1, 59, 314, 570]],
  ])('%s', (_, promptTokens, outputTokens, depths) => {
    expect(probeDepths(promptTokens, outputTokens)).toEqual(depths);
  });
});
