import { expect, test } from 'vitest';

import { fileName, oneLine, plainText } from '../../../src/base/escape.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatSignificant,
  parseDurationMs,
} from '../../../src/base/units.ts';

test.each([
  ['6000', 6_000_000],
  ['90s', 90_000],
  ['2m', 120_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
  ['', null],
  ['-1', null],
  ['2 minutes', null],
])('the duration "%s" is %s ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test('numbers as people read them', () => {
  expect(formatCount(30720)).toBe('30,720');
  expect(formatBytes(98_362_432)).toBe('93.8 MiB');
  expect(formatDuration(190_000)).toBe('3 min 10 s');
  expect(formatDuration(41_400)).toBe('41 s');
  expect(formatSignificant(0.01234, 2)).toBe('0.012');
  expect(formatSignificant(1234.5, 2)).toBe('1235');
});

test('texts of a server can neither steer a terminal nor leave their line or folder', () => {
  expect(plainText('a\u001b[31mred\u001b[0m\u0007b')).toBe('aredb');
  expect(oneLine('two\nlines  and   spaces')).toBe('two lines and spaces');
  expect(fileName('../../etc/passwd')).toBe('__.._etc_passwd');
  expect(fileName('..')).toBe('_');
});
