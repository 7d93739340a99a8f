import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import type { RequestRecord } from '../../../../src/contract/record.ts';
import type { WorkItem } from '../../../../src/traffic/work-item.ts';
import { type Holds, onSteadyMachine } from '../../../support/steady-machine.ts';
import { clock, items, ok, runLoop, ScriptedEngine } from './scripted-engine.ts';

function* endless(): Generator<WorkItem> {
  for (let index = 0; ; index++) {
    const point = { index, promptTokens: 8, outputTokens: 1 };
    yield { point, cell: 'c', execution: 1, repetition: 1, phase: 'measured', shard: 0 };
  }
}

describe('one at a time', () => {
  it('sends each item once, in order, and prepares each before it is due', async () => {
    const engine = new ScriptedEngine();
    const { records, counters } = await runLoop(engine);
    expect(records.map((record) => record.id)).toEqual([0, 1, 2, 3, 4]);
    expect(records.map((record) => record.phase)).toEqual(['warmup', 'measured', 'measured', 'measured', 'measured']);
    expect(engine.mostInFlight).toBe(1);
    expect(engine.events.slice(0, 4)).toEqual(['prepare 0', 'send 0', 'prepare 1', 'send 1']);
    expect(records[1]).toMatchObject({
      promptTokens: 8,
      outputTokens: 3,
      outcome: ok,
      countedBy: { output: 'engine' },
    });
    const names = ['due', 'sent', 'done', 'failed', 'tokens'] as const;
    expect(names.map((name) => counters.get(name))).toEqual([5, 5, 5, 0, 15]);
  });

  it('has the next one due after its predecessor has ended and it was prepared, and sent at once', (context) =>
    onSteadyMachine(context, sentAtOnce));

  it('reads items lazily, so that a list without end can be stopped', async () => {
    const controller = new AbortController();
    const engine = new ScriptedEngine();
    const records: RequestRecord[] = [];
    await runLoop(engine, {
      points: endless(),
      signal: controller.signal,
      onRecord: (record) => {
        records.push(record);
        if (records.length === 6) controller.abort();
      },
    });
    expect(records).toHaveLength(6);
    expect(engine.events.filter((event) => event.startsWith('send'))).toHaveLength(6);
  });

  it('sends nothing for no items', async () => {
    expect((await runLoop(new ScriptedEngine(), { points: [] })).records).toEqual([]);
  });
});

describe('in parallel', () => {
  it('keeps so many in flight, no more, and loses none', async () => {
    const engine = new ScriptedEngine(6);
    const { records, counters } = await runLoop(engine, { points: items(40), parallel: 8 });
    expect(engine.mostInFlight).toBeLessThanOrEqual(8);
    expect(engine.mostInFlight).toBeGreaterThanOrEqual(3);
    expect(records.map((record) => record.id).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 40 }, (_, index) => index),
    );
    expect(counters.get('tokens')).toBe(120);
  });

  it('gives records in order of completion, and its place to the next item', async () => {
    const engine = new ScriptedEngine((index) => (index === 0 ? 300 : 2));
    const { records } = await runLoop(engine, { points: items(6), parallel: 2 });
    expect(records.map((record) => record.id)).toEqual([1, 2, 3, 4, 5, 0]);
  });

  it('builds all first requests before one is sent, and staggers their starts', async () => {
    const engine = new ScriptedEngine(20);
    const { records } = await runLoop(engine, { points: items(4), parallel: 4 });
    expect(engine.events.slice(0, 4)).toEqual(['prepare 0', 'prepare 1', 'prepare 2', 'prepare 3']);
    const due = records.map((record) => record.dueNs);
    expect(Math.max(...due) - Math.min(...due)).toBeGreaterThan(12e6);
  });

  it('needs no more workers than there are items', async () => {
    expect((await runLoop(new ScriptedEngine(), { points: items(2), parallel: 50 })).records).toHaveLength(2);
  });
});

async function sentAtOnce(holds: Holds): Promise<void> {
  const engine = new ScriptedEngine();
  const slow: Engine = {
    facts: () => engine.facts(),
    close: () => engine.close(),
    send: (...call) => engine.send(...call),
    prepare: () => {
      const untilNs = clock.nowNs() + 5e6;
      while (clock.nowNs() < untilNs);
    },
  };
  const { records } = await runLoop(slow);
  for (const [place, record] of records.entries()) {
    const before = records[place - 1];
    if (before !== undefined) expect(record.dueNs - before.endNs).toBeGreaterThanOrEqual(5e6);
    expect(record.sentNs).toBeGreaterThanOrEqual(record.dueNs);
    expect(record.endNs).toBeGreaterThanOrEqual(record.chunkNs.at(-1) ?? Infinity);
  }
  const late = records.map((record) => record.sentNs - record.dueNs).toSorted((one, other) => one - other);
  holds((late[2] ?? NaN) < 2e6, `requests were sent ${late[2]} ns late (median)`);
}
