import { assert, double, property } from 'fast-check';
import { expect, test } from 'vitest';
import { grouped, measuredNumber, measuredText, plainNumber } from '../../../src/report/measured-number.ts';

const around = (value: number, half: number) => measuredNumber(value, { low: value - half, high: value + half });

test.each([
  [84.39, 0.11, '84.39 ± 0.11'],
  [84.3912, 0.1049, '84.39 ± 0.10'],
  [550.21, 4.08, '550.2 ± 4.1'],
  [3300.4, 17.2, '3300 ± 17'],
  [5534, 123, '5530 ± 120'],
  [11_170, 1840, '11200 ± 1800'],
  [0.01234, 0.00056, '0.01234 ± 0.00056'],
  // Rounding up to the next power of ten keeps two digits, not three.
  [12.3456, 0.0996, '12.35 ± 0.10'],
  [123.4, 9.96, '123 ± 10'],
  // The uncertainty is larger than the value.
  [5, 12, '5 ± 12'],
])('%f with a half-width of %f is %s', (value, half, text) => {
  expect(around(value, half)).toBe(text);
});

test('an uncertainty too small to read is shown as one unit of the last place, never as nothing', () => {
  expect(around(84.391234567, 0.0000001)).toBe('84.3912 ± 0.0001');
  expect(around(84.391234567, 0)).toBe('84.39 ± 0');
});

test('an asymmetric interval shows both sides', () => {
  expect(measuredNumber(84.43, { low: 82.81, high: 86.92 })).toBe('84.4 +2.5 −1.6');
  expect(measuredNumber(84.43, { low: 82.8, high: 86.2 })).toBe('84.4 ± 1.7');
  expect(measuredNumber(84.43, { low: 84.43, high: 86.2 })).toBe('84.4 +1.8 −0.0');
});

test('limits that a sign can not tell are shown themselves', () => {
  expect(measuredNumber(50, { low: 31.23, high: Infinity })).toBe('50.00 (31.23 or more)');
  expect(measuredNumber(50, { low: -Infinity, high: 71.5 })).toBe('50.00 (71.50 or less)');
  expect(measuredNumber(50, { low: -Infinity, high: Infinity })).toBe('50.00');
  expect(measuredNumber(50, { low: 51.2, high: 53.9 })).toBe('50.0 (51.2 to 53.9)');
});

test.each([
  [84.3912, '84.39'],
  [616.72, '616.7'],
  [99.996, '100.0'],
  [1450.4, '1450'],
  [123_456.7, '123457'],
  [0.051234, '0.05123'],
  [0.00000051, '0.000001'],
  [0, '0'],
])('%f without an interval is %s', (value, text) => {
  expect(plainNumber(value)).toBe(text);
});

test('the text is within half a unit of its last place of what was measured', () => {
  const positive = double({ min: 0.01, max: 1e6, noNaN: true });
  assert(
    property(positive, double({ min: 1e-4, max: 0.5, noNaN: true }), (value, share) => {
      const half = value * share;
      const text = measuredText(value, { low: value - half, high: value + half });
      const shownHalf = Number(text.uncertainty.replace('± ', ''));
      // Two significant digits: at most 5 % off. The value stays well within its own uncertainty.
      expect(Math.abs(shownHalf - half)).toBeLessThanOrEqual(half * 0.0501);
      expect(Math.abs(Number(text.value) - value)).toBeLessThanOrEqual(half * 0.0501);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test('thousands are set apart before the point only', () => {
  expect(grouped('11170 ± 1840')).toBe('11,170 ± 1,840');
  expect(grouped('0.01234 ± 0.00056')).toBe('0.01234 ± 0.00056');
  expect(grouped('1450.1234')).toBe('1,450.1234');
  expect(grouped('999')).toBe('999');
});
