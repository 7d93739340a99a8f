import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ByteBatch } from '../../../src/store/byte-batch.ts';

const edges = [0, -0, 1, -1, 9, 10, -10, 99, 100, 999_999_999, 1e9, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1];

describe('a batch of bytes', () => {
  test('holds whole numbers as String writes them', () => {
    const written = fc.oneof(fc.constantFrom(...edges), fc.integer(), fc.maxSafeInteger());
    fc.assert(
      fc.property(written, (value) => {
        const batch = new ByteBatch(8);
        batch.wholeNumber(value);
        expect(batch.bytes().toString()).toBe(String(value));
      }),
      { seed: 5, numRuns: 3000 },
    );
  });

  test('holds any text, between numbers and commas, and grows with it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer())), (parts) => {
        const batch = new ByteBatch(8);
        for (const part of parts) {
          if (typeof part === 'string') batch.text(part);
          else batch.wholeNumber(part);
          batch.comma();
        }
        expect(batch.bytes().toString()).toBe(parts.map((part) => `${part},`).join(''));
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  test('is full at its size, and empty again', () => {
    const batch = new ByteBatch(4);
    batch.text('abc');
    expect(batch.isFull).toBe(false);
    batch.text('d');
    expect(batch.isFull).toBe(true);
    batch.empty();
    expect([batch.isFull, batch.bytes().length]).toEqual([false, 0]);
  });
});
