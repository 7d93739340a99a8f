import { describe, expect, test } from 'vitest';

import { tokenSpan } from '../../../src/metrics/token-span.ts';
import { scriptedRecord } from './scripted-run.ts';

function spanOf(chunks: readonly (readonly [ns: number, tokens: number])[]): unknown {
  const tokens = chunks.reduce((sum, [, count]) => sum + count, 0);
  return tokenSpan(
    scriptedRecord(
      { sentMs: 0, tokens },
      {
        chunkNs: Float64Array.from(chunks, ([ns]) => ns),
        chunkTokens: Uint32Array.from(chunks, ([, count]) => count),
      },
    ),
  );
}

describe('a generation has settled', () => {
  test('at the stamp of the fourth token', () => {
    const span = spanOf([
      [10, 1],
      [30, 1],
      [40, 1],
      [50, 1],
      [60, 1],
    ]);
    expect(span).toMatchObject({ firstTokens: 1, settledNs: 50, settledTokens: 4, lastNs: 60 });
  });

  test('with all tokens that share that stamp', () => {
    const span = spanOf([
      [10, 1],
      [30, 2],
      [50, 1],
      [50, 3],
      [60, 1],
    ]);
    expect(span).toMatchObject({ firstTokens: 1, settledNs: 50, settledTokens: 7 });
  });

  test('with the first read, where that carried as many', () => {
    expect(
      spanOf([
        [10, 2],
        [10, 2],
        [20, 1],
      ]),
    ).toMatchObject({ firstTokens: 4, settledNs: 10, settledTokens: 4 });
  });

  test('at its end, where it has fewer', () => {
    expect(
      spanOf([
        [10, 1],
        [20, 1],
      ]),
    ).toMatchObject({ settledNs: 20, settledTokens: 2, lastNs: 20 });
  });
});
