import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { RequestRecord } from '../../../src/contract/record.ts';
import { recordLineSchema } from '../../../src/contract/schema/record.ts';
import { decodeRecord } from '../../../src/store/record-codec.ts';
import { refused, scriptedRecord } from '../metrics/scripted-run.ts';
import { encoded } from './encoded.ts';

function roundTrip(record: RequestRecord): RequestRecord {
  const decoded = decodeRecord(recordLineSchema.parse(JSON.parse(encoded(record))));
  if (decoded === null) throw new Error('not decoded');
  return decoded;
}

const stampNs = fc.double({ min: 0, max: 1e14, noNaN: true });
const tokens = fc.option(fc.integer({ min: 0, max: 1e6 }));

const anyRecord = fc
  .record({
    stamps: fc.array(stampNs, { maxLength: 50 }),
    counts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 50, maxLength: 50 }),
    counting: fc.constantFrom('ones', 'several', 'unknown'),
    sentNs: stampNs,
    connectNs: fc.option(stampNs),
    usage: fc.tuple(tokens, tokens, tokens),
    timings: fc.option(
      fc.record({
        promptMs: fc.option(stampNs),
        decodeMs: fc.option(stampNs),
        decodeTokens: tokens,
        source: fc.string(),
      }),
    ),
    message: fc.string({ unit: 'binary' }),
  })
  .map(({ stamps, counts, counting, sentNs, connectNs, usage, timings, message }) =>
    scriptedRecord(
      {},
      {
        chunkNs: Float64Array.from(stamps.toSorted((a, b) => a - b)),
        chunkTokens:
          counting === 'unknown'
            ? null
            : Uint32Array.from(stamps, (_, index) => (counting === 'ones' ? 1 : (counts[index] ?? 1))),
        sentNs,
        connectNs,
        promptTokens: usage[0],
        cachedTokens: usage[1],
        outputTokens: usage[2],
        timings,
        memory: [],
        outcome: { ...refused, message },
      },
    ),
  );

describe('a record read back', () => {
  test('is the one written: stamps within half a nanosecond and in order, all else equal', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const back = roundTrip(record);
        const { chunkNs, dueNs: _due, connectNs, sentNs, endNs: _end, ...facts } = record;
        expect(back).toMatchObject(JSON.parse(JSON.stringify({ ...facts, chunkTokens: undefined })));
        expect(back.chunkTokens).toEqual(record.chunkTokens);
        expect(back.chunkNs).toHaveLength(chunkNs.length);
        let previous = -Infinity;
        chunkNs.forEach((stamp, index) => {
          const read = back.chunkNs[index] ?? NaN;
          expect(Math.abs(read - stamp)).toBeLessThanOrEqual(0.5);
          expect(read).toBeGreaterThanOrEqual(previous);
          previous = read;
        });
        expect(Math.abs(back.sentNs - sentNs)).toBeLessThanOrEqual(0.5);
        expect(back.connectNs === null).toBe(connectNs === null);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  test('is written the same again', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(encoded(roundTrip(record))).toBe(encoded(record));
      }),
      { seed: 32, numRuns: 200 },
    );
  });

  test('keeps equal stamps equal', () => {
    const chunkNs = Float64Array.of(10.4, 10.4, 12.6, 12.6);
    expect([...roundTrip(scriptedRecord({ tokens: 4 }, { chunkNs })).chunkNs]).toEqual([10, 10, 13, 13]);
  });
});

describe('the line', () => {
  test('holds the first stamp and differences, and leaves token counts out when all are 1', () => {
    const line: unknown = JSON.parse(encoded(scriptedRecord({ tokens: 3 })));
    expect(line).toMatchObject({ v: 1, chunkNs: [1_050_000_000, 10_000_000, 10_000_000] });
    expect(line).not.toHaveProperty('chunkTokens');
    expect(JSON.parse(encoded(scriptedRecord({}, { chunkTokens: null })))).toHaveProperty('chunkTokens', null);
    const several = scriptedRecord({ tokens: 2 }, { chunkTokens: Uint32Array.of(1, 3) });
    expect(JSON.parse(encoded(several))).toHaveProperty('chunkTokens', [1, 3]);
  });

  test('is one line whatever a server says', () => {
    const outcome = { ...refused, message: 'a\nb\r\nc\u2028' };
    expect(encoded(scriptedRecord({}, { outcome }))).not.toMatch(/[\n\r]/);
  });

  test('costs at most 12 bytes a token in a run of 2,048 tokens a request', () => {
    // Gaps of 8 to 42 ms with all nine digits in use.
    let atNs = 1e12;
    const chunkNs = Float64Array.from(
      { length: 2048 },
      (_, index) => (atNs += 8_123_457.3 + ((index * 7_919) % 97) * 350_001),
    );
    const record = scriptedRecord({ tokens: 2048 }, { chunkNs });
    expect(encoded(record).length / 2048).toBeLessThan(12);
  });

  test('whose counts and stamps disagree is refused', () => {
    const line = recordLineSchema.parse(JSON.parse(encoded(scriptedRecord({ tokens: 3 }))));
    expect(decodeRecord({ ...line, chunkTokens: [1, 2] })).toBeNull();
  });
});
