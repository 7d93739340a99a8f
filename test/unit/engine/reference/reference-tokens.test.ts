import { describe, expect, it } from 'vitest';
import {
  detokenize,
  generatedToken,
  promptVocabulary,
  tokenizeText,
} from '../../../../src/engine/reference/reference-tokens.ts';

describe('the reference tokenizer', () => {
  it.each([
    ['', 0],
    ['   \n\t ', 0],
    ['Hello there, you', 3],
    ['熵', 1],
    ['熵熵熵', 3],
    ['熵'.repeat(6144), 6144],
    ['a熵b', 3],
    ['カタカナ 한국', 6],
    ['naïve Ünïcode', 2],
  ])('counts %j as %i tokens', (text, count) => {
    expect(tokenizeText(text)).toHaveLength(count);
  });

  it('gives a word the same id wherever it stands', () => {
    expect(tokenizeText('alpha beta')).toEqual([...tokenizeText('alpha'), ...tokenizeText('\nbeta')]);
  });

  it('gives back the ids whose text it made', () => {
    const ids = [...promptVocabulary(), 7, 42, 151_935];
    expect(tokenizeText(detokenize(ids))).toEqual(ids);
  });

  it('offers and generates ids from 1000 to 9999 only', () => {
    expect(promptVocabulary()).toHaveLength(9000);
    const generated = Array.from({ length: 5000 }, (_, position) => generatedToken(12_345, position));
    const ids = [...promptVocabulary(), ...generated, ...tokenizeText('Some words 和 text of many kinds')];
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(1000);
    expect(Math.max(...ids)).toBeLessThanOrEqual(9999);
  });
});
