import { describe, expect, test } from 'vitest';

import type { CellPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Summary } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { engine, plan, runOf, scriptedRecord } from './scripted-run.ts';

const cell: CellPlan = {
  id: 'r10-n200-g2',
  kind: 'load',
  promptTokens: null,
  outputTokens: 2,
  parallel: null,
  arrival: { kind: 'constant', requestsPerSecond: 10 },
  requests: 200,
  warmupRequests: 2,
};

/** A request due at 100 ms after the one before, sent `delayMs` late, answered after `latencyMs`. */
interface Script {
  readonly delayMs?: number;
  readonly latencyMs?: number;
  readonly connectMs?: number;
}

function summaryOf(n: number, scriptOf: (place: number) => Script, change: Partial<CellPlan> = {}): Summary {
  const records = Array.from({ length: n }, (_, place): RequestRecord => {
    const { delayMs = 0, latencyMs = 200, connectMs = 0 } = scriptOf(place);
    const dueMs = 1000 + 100 * place;
    const sentMs = dueMs + delayMs + connectMs;
    return scriptedRecord(
      { sentMs, ttftMs: latencyMs - 10, tokens: 2 },
      {
        cell: cell.id,
        requestedPromptTokens: null,
        promptTokens: 2,
        dueNs: dueMs * 1e6,
        connectNs: connectMs === 0 ? null : connectMs * 1e6,
        endNs: (sentMs + latencyMs) * 1e6,
      },
    );
  });
  const cells = [{ ...cell, requests: n, ...change }];
  const loadPlan = { ...plan, traffic: { ...plan.traffic, repetitions: 1 }, cells };
  return summarize(runOf(records, { plan: loadPlan, cells, engine: { ...engine, cache: 'off' } }));
}

describe('what an open loop adds to a load row', () => {
  test('send delay counts from the due time and leaves out the time to connect', () => {
    const row = summaryOf(200, (place) => ({ delayMs: place / 1000, connectMs: place % 2 === 0 ? 3 : 0 })).rows[0];
    const value = row?.values['send_delay'];
    expect(value?.spread?.max).toBeCloseTo(0.199, 6);
    expect(value?.percentiles.map((one) => one.value)).toEqual(
      [50, 90, 95, 99].map((p) => expect.closeTo(p * 0.00199, 6)),
    );
    expect(row).toMatchObject({ parallel: null, arrival: { kind: 'constant', requestsPerSecond: 10 } });
    // Every other time is from the request sent, as in a closed loop.
    expect(row?.values['ttft']?.value).toBeCloseTo(190, 6);
  });

  test('the rate that was sent is counted between the first and the last request', () => {
    expect(summaryOf(200, () => ({})).rows[0]?.values['sent_rate']?.value).toBeCloseTo(10, 9);
    const one = summaryOf(1, () => ({})).rows[0]?.values['sent_rate'];
    expect(one).toMatchObject({ value: null, reason: 'no time passed between its stamps' });
  });

  test('a closed loop has neither', () => {
    const row = summaryOf(200, () => ({}), { parallel: 2, arrival: null }).rows[0];
    expect([row?.values['send_delay'], row?.values['sent_rate']]).toEqual([undefined, undefined]);
  });
});

describe('advice', () => {
  test('a client in time and a server that keeps up have none', () => {
    expect(summaryOf(200, () => ({ delayMs: 0.5 })).advice).toEqual([]);
  });

  test.each([
    ['more than a millisecond', { delayMs: 1.1 }, /at least 1\.10 ms late in the row with 10 requests\/s/],
    [
      'more than 5 % of the usual TTFT',
      { delayMs: 0.6, latencyMs: 20 },
      /half of the first tokens come within 10\.0 ms/,
    ],
  ])('the client was late by %s', (_, script, text) => {
    const { advice } = summaryOf(200, () => script);
    expect(advice).toMatchObject([{ id: 'client-late', rows: [cell.id] }]);
    expect(advice[0]?.text).toMatch(text);
  });

  test('of a small sample the longest delay stands for its percentile', () => {
    const { advice } = summaryOf(20, (place) => ({ delayMs: place === 7 ? 4 : 0 }));
    expect(advice[0]?.text).toMatch(/a request was sent 4\.00 ms late/);
  });

  test('a server that answers 7 of 10 falls behind, and in flight says so', () => {
    // The nth answer ends at n / 7 s: its line grows by 3 requests a second.
    const { advice } = summaryOf(200, (place) => ({ latencyMs: 200 + place * (1000 / 7 - 100) }));
    expect(advice).toMatchObject([{ id: 'falls-behind', rows: [cell.id] }]);
    expect(advice[0]?.text).toMatch(/the server answered about (69|7\d)(\.\d)? % of what arrived/);
    expect(advice[0]?.hint).toMatch(/--rate/);
  });

  test('answers that take longer than the pass was sending tell that it was too short', () => {
    const { advice } = summaryOf(100, () => ({ latencyMs: 20_000 }));
    expect(advice).toMatchObject([{ id: 'falls-behind' }]);
    expect(advice[0]?.text).toMatch(/an answer takes at least 20 s.*no more than 9\.9 s/);
    expect(advice[0]?.hint).toMatch(/raise --number/);
  });

  test('a long answer in a long pass is no line', () => {
    expect(summaryOf(600, () => ({ latencyMs: 5000 })).advice).toEqual([]);
  });
});
