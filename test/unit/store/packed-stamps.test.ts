import { array, assert, integer, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { splitStamps } from '../../../src/store/packed-stamps.ts';

const line = (head: object, chunkNs: readonly number[]): Buffer => Buffer.from(JSON.stringify({ ...head, chunkNs }));

describe('the stamps at the end of a line', () => {
  test('are those that JSON gives, and the head is the rest', () => {
    const stamp = integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
    assert(
      property(string(), array(stamp), (message, chunkNs) => {
        const split = splitStamps(line({ message }, chunkNs));
        expect(split?.chunkNs).toEqual(Float64Array.from(chunkNs, (one) => one + 0));
        expect(JSON.parse(split?.head ?? '')).toEqual({ message });
      }),
      { seed: 5 },
    );
  });

  test('a text that looks like them is not taken for them', () => {
    const message = ',"chunkNs":[1,2]}';
    expect(splitStamps(line({ message }, [7, 8]))?.chunkNs).toEqual(Float64Array.of(7, 8));
    expect(splitStamps(Buffer.from(JSON.stringify({ chunkNs: [7], message })))).toBeNull();
  });

  test.each([
    '{"a":1,"chunkNs":[1.5]}',
    '{"a":1,"chunkNs":[1e3]}',
    '{"a":1,"chunkNs":[01]}',
    '{"a":1,"chunkNs":[-]}',
    '{"a":1,"chunkNs":[1,]}',
    '{"a":1,"chunkNs":[,1]}',
    '{"a":1,"chunkNs":[1 ,2]}',
    '{"a":1,"chunkNs":[1234567890123456]}',
    '{"a":1,"chunkNs":[null]}',
    '{"a":1,"chunkNs":[1,2',
    '{"a":1,"chunkNs":[1,2]',
    '{"a":1,"chunkNs":[1],"b":2}',
    '{"a":1}',
    ']}',
    '',
  ])('%s is left to JSON', (text) => {
    expect(splitStamps(Buffer.from(text))).toBeNull();
  });
});
