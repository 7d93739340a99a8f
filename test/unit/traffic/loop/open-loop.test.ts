import { describe, expect, test } from 'vitest';
import { LiveCounters } from '../../../../src/base/live-counters.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { RequestRecord } from '../../../../src/contract/record.ts';
import { runOpenLoop, type OpenLoopInput } from '../../../../src/traffic/loop/open-loop.ts';
import { type Holds, onSteadyMachine } from '../../../support/steady-machine.ts';
import { clock, items, ScriptedEngine, source } from './scripted-engine.ts';

const gapNs = 4e6;

async function runOpen(engine: Engine, change: Partial<OpenLoopInput> = {}): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  await runOpenLoop({
    engine,
    clock,
    source,
    points: items(20),
    dueNs: Array.from({ length: 20 }, (_, index) => index * gapNs),
    counters: new LiveCounters(),
    signal: new AbortController().signal,
    countSource: 'engine',
    onRecord: (record) => records.push(record),
    ...change,
  });
  return records;
}

function late(records: readonly RequestRecord[]): number[] {
  return records.map((record) => record.sentNs - record.dueNs).toSorted((one, other) => one - other);
}

describe('open loop', () => {
  // How late it is on an idle machine is measured in bench/.
  test('sends by the clock, not before the due time, and soon after it', (context) =>
    onSteadyMachine(context, async (holds) => {
      const records = await runOpen(new ScriptedEngine());
      const byId = records.toSorted((one, other) => one.id - other.id);
      const zero = byId[0]?.dueNs ?? 0;
      for (const record of byId) expect(record.dueNs - zero).toBeCloseTo(record.id * gapNs, -2);
      const lateness = late(records);
      expect(lateness[0]).toBeGreaterThanOrEqual(0);
      holds((lateness[10] ?? NaN) < 5e6, `requests were sent ${lateness[10]} ns late (median)`);
    }));

  test('a slow server holds nothing back', (context) =>
    onSteadyMachine(context, async (holds) => {
      const engine = new ScriptedEngine(40);
      const records = await runOpen(engine);
      expect(records).toHaveLength(20);
      expect(engine.mostInFlight).toBeGreaterThan(15);
      const lateness = late(records)[10] ?? NaN;
      holds(lateness < 10e6, `requests were sent ${lateness} ns late (median)`);
    }));

  test('a stall of this process delays what was due in it, and nothing after it', (context) =>
    onSteadyMachine(context, stalled));

  test('aborting sends nothing more, and records what was in flight as cancelled', async () => {
    const controller = new AbortController();
    const records: RequestRecord[] = [];
    await runOpen(new ScriptedEngine((index) => (index === 0 ? 1 : 10_000)), {
      signal: controller.signal,
      onRecord: (record) => {
        records.push(record);
        if (record.id === 0) controller.abort();
      },
    });
    expect(records.length).toBeLessThan(5);
    expect(records.slice(1).every((record) => record.outcome.status === 'failed')).toBe(true);
  });

  test('no items: no requests; a throwing onRecord ends the loop with what it threw', async () => {
    expect(await runOpen(new ScriptedEngine(), { points: [] })).toEqual([]);
    const broken = runOpen(new ScriptedEngine(), {
      onRecord: () => {
        throw new Error('the disk is full');
      },
    });
    await expect(broken).rejects.toThrow('the disk is full');
  });
});

async function stalled(holds: Holds): Promise<void> {
  const records: RequestRecord[] = [];
  await runOpen(new ScriptedEngine(), {
    onRecord: (record) => {
      records.push(record);
      if (record.id !== 2) return;
      const untilNs = clock.nowNs() + 20e6;
      while (clock.nowNs() < untilNs);
    },
  });
  expect(late(records).at(-1)).toBeGreaterThan(5e6);
  const last = records.filter((record) => record.id >= 12);
  const lateness = late(last)[4] ?? NaN;
  holds(lateness < 10e6, `requests after the stall were sent ${lateness} ns late (median)`);
}
