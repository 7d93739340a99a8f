import { array, assert, integer, property, stringMatching } from 'fast-check';
import { expect, test } from 'vitest';
import { cutToWidth, displayWidth, padToWidth, wrapToWidth } from '../../../../src/report/table/text-layout.ts';

test.each([
  ['plain', 5],
  ['', 0],
  ['84.39 ± 0.11 ²', 14],
  ['通义千问', 8],
  ['e\u0301', 1],
  ['🚀', 2],
  ['a\u200bb', 2],
])('%s takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('a text is cut where it is too wide, and only there', () => {
  expect(cutToWidth('abcdef', 6)).toBe('abcdef');
  expect(cutToWidth('abcdef', 5)).toBe('abcd…');
  expect(cutToWidth('通义千问', 6)).toBe('通义…');
  expect(cutToWidth('abc', 0)).toBe('');
});

test('padding counts columns, not characters', () => {
  expect(padToWidth('通义', 6)).toBe('通义  ');
  expect(padToWidth('longer', 3)).toBe('longer');
});

test('words are kept whole where they fit', () => {
  expect(wrapToWidth('one two  three', 7)).toEqual(['one two', 'three']);
  expect(wrapToWidth('a verylongword b', 6)).toEqual(['a', 'verylo', 'ngword', 'b']);
  expect(wrapToWidth('', 10)).toEqual(['']);
});

test('no line is wider than it may be and no character is lost', () => {
  const words = array(stringMatching(/^[a-z通义🚀]{1,30}$/u), { maxLength: 12 });
  assert(
    property(words, integer({ min: 2, max: 40 }), (parts, width) => {
      const lines = wrapToWidth(parts.join(' '), width);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(parts.join(''));
    }),
    { seed: 7, numRuns: 300 },
  );
});
