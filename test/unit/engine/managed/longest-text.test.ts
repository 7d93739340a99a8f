import { describe, expect, test } from 'vitest';
import { longestText } from '../../../../src/engine/managed/longest-text.ts';

const rows = [30_720, 63_488, 129_024].map((promptTokens) => ({ promptTokens, outputTokens: 2048 }));
const base = {
  maxLength: 131_072,
  rows,
  contextLength: 32_768,
  named: null,
  yarn: { factor: 4, baseLength: 32_768 },
  isOverridden: false,
};

test('rows within the reach of the model need nothing', () => {
  expect(longestText({ ...base, maxLength: 32_768 })).toEqual({ maxLength: 32_768, yarn: null, notes: [] });
});

describe('rows beyond the reach of the model', () => {
  test('run with the published override, which is told with the rows that need it', () => {
    const { maxLength, yarn, notes } = longestText(base);
    expect({ maxLength, yarn }).toEqual({ maxLength: 131_072, yarn: base.yarn });
    expect(notes).toEqual([expect.stringMatching(/YaRN.*factor 4.*\(63,488 \+ 2,048, 129,024 \+ 2,048\)/)]);
  });

  test('and of the override are refused singly', () => {
    const { maxLength, notes } = longestText({ ...base, maxLength: 200_000 });
    expect(maxLength).toBe(131_072);
    expect(notes.at(-1)).toMatch(/131,072 tokens with YaRN.*200,000.*refused/);
  });

  test('are refused singly where no override is known', () => {
    const { maxLength, yarn, notes } = longestText({ ...base, yarn: null });
    expect({ maxLength, yarn }).toEqual({ maxLength: 32_768, yarn: null });
    expect(notes).toEqual([expect.stringMatching(/takes 32,768 tokens, .*131,072.*refused/)]);
  });

  test('are left to the words of the user', () => {
    expect(longestText({ ...base, isOverridden: true })).toEqual({ maxLength: 131_072, yarn: null, notes: [] });
  });
});

test('--max-model-len is passed on as it is', () => {
  expect(longestText({ ...base, named: 40_000 })).toMatchObject({ maxLength: 40_000, yarn: base.yarn });
  expect(longestText({ ...base, named: 40_000, yarn: null })).toEqual({ maxLength: 40_000, yarn: null, notes: [] });
  expect(longestText({ ...base, named: 1000 })).toEqual({ maxLength: 1000, yarn: null, notes: [] });
});
