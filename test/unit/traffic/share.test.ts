import { expect, test } from 'vitest';
import { everyNth, type Share, shareOf, takePlaces } from '../../../src/traffic/share.ts';
import { LiveCounters } from '../../../src/base/live-counters.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import { runOpenLoop } from '../../../src/traffic/loop/open-loop.ts';
import { clock, items, runLoop, ScriptedEngine, source } from './loop/scripted-engine.ts';

const shares = (of: number): Share[] => Array.from({ length: of }, (_, index) => ({ index, of }));

test.each([
  [12, 3, [4, 4, 4]],
  [13, 3, [5, 4, 4]],
  [2, 3, [1, 1, 0]],
])('%i in flight on %i threads', (count, of, expected) => {
  expect(shares(of).map((share) => shareOf(count, share))).toEqual(expected);
});

test('every place is taken once, by whoever asks', () => {
  const ticket = new SharedArrayBuffer(4);
  const one = takePlaces(ticket, 5);
  const other = takePlaces(ticket, 5);
  expect([one, one, other, one, other].map((places) => places.next().value)).toEqual([0, 1, 2, 3, 4]);
  expect([one.next().done, other.next().done]).toEqual([true, true]);
});

test('a closed loop in two parts is one loop: its requests in flight, and no part that runs dry', async () => {
  // Four to one as fast: the fast one does more of the work.
  const engines = [new ScriptedEngine(2), new ScriptedEngine(8)];
  const ticket = new SharedArrayBuffer(4);
  const all = items(40);
  function* taken() {
    for (const place of takePlaces(ticket, 40)) {
      const item = all[place];
      if (item !== undefined) yield item;
    }
  }
  const runs = await Promise.all(
    engines.map((engine, index) => runLoop(engine, { points: taken(), parallel: 5, share: { index, of: 2 } })),
  );
  const ids = runs.map(({ records }) => records.map(({ id }) => id));
  expect(ids.flat().toSorted((one, other) => one - other)).toEqual(all.map(({ point }) => point.index));
  expect(ids[0]?.length).toBeGreaterThan(ids[1]?.length ?? 0);
  expect(runs.map(({ counters }) => counters.get('done'))).toEqual(ids.map((part) => part.length));
});

test('an open loop in three parts keeps one schedule', async () => {
  const gapNs = 4e6;
  const dueNs = Array.from({ length: 20 }, (_, index) => index * gapNs);
  const startNs = clock.nowNs() + 20e6;
  const records: RequestRecord[] = [];
  await Promise.all(
    shares(3).map((share) =>
      runOpenLoop({
        engine: new ScriptedEngine(),
        clock,
        source,
        points: everyNth(items(20), share),
        dueNs: everyNth(dueNs, share),
        startNs,
        counters: new LiveCounters(),
        signal: new AbortController().signal,
        countSource: 'engine',
        onRecord: (record) => records.push(record),
      }),
    ),
  );
  const byId = records.toSorted((one, other) => one.id - other.id);
  expect(byId.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  for (const record of byId) {
    expect(record.dueNs).toBe(startNs + record.id * gapNs);
    expect(record.sentNs).toBeGreaterThanOrEqual(record.dueNs);
  }
});
