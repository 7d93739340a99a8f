import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { LiveCounters } from '../../../../src/base/live-counters.ts';
import type { Engine } from '../../../../src/contract/engine.ts';
import { clock, items, ok, runLoop, ScriptedEngine } from './scripted-engine.ts';

function engineOf(send: Engine['send'], prepare?: Engine['prepare']): Engine {
  const scripted = new ScriptedEngine();
  return {
    facts: () => scripted.facts(),
    close: () => scripted.close(),
    send,
    ...(prepare === undefined ? {} : { prepare }),
  };
}

describe('an abort', () => {
  it('ends requests in flight as cancelled, keeps their tokens, and starts nothing more', async () => {
    const controller = new AbortController();
    const engine = new ScriptedEngine((index) => (index < 3 ? 1 : 25));
    const counters = new LiveCounters();
    // The first three requests have 9 tokens; the others are in flight when more arrive.
    const poll = setInterval(() => counters.get('tokens') >= 12 && controller.abort(), 5);
    const { records } = await runLoop(engine, { points: items(30), parallel: 3, signal: controller.signal, counters });
    clearInterval(poll);
    const failed = records.filter((record) => record.outcome.status === 'failed');
    expect(failed).toHaveLength(3);
    expect(failed.every((record) => record.outcome.failure === 'cancelled')).toBe(true);
    expect(failed.some((record) => record.chunkNs.length > 0)).toBe(true);
    expect(records).toHaveLength(engine.events.filter((event) => event.startsWith('send')).length);
    expect(counters.get('failed')).toBe(3);
    expect(counters.get('done')).toBe(records.length);
  });

  it('before the start sends nothing', async () => {
    const engine = new ScriptedEngine();
    expect((await runLoop(engine, { signal: AbortSignal.abort() })).records).toEqual([]);
    expect(engine.events).toEqual([]);
  });

  it('during the stagger sends no late request', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const started = performance.now();
    const { records } = await runLoop(new ScriptedEngine(500), {
      points: items(100),
      parallel: 100,
      signal: controller.signal,
    });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(records.length).toBeLessThan(20);
    expect(records.length).toBeGreaterThan(0);
  });

  it('of an engine that does not listen is recorded after a grace time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const controller = new AbortController();
    const deaf = engineOf((_, sink) => {
      sink.sent(clock.nowNs(), null);
      sink.chunk(clock.nowNs(), 1, 'answer');
      setTimeout(() => controller.abort(), 10);
      return new Promise(() => null);
    });
    const running = runLoop(deaf, { signal: controller.signal });
    await vi.advanceTimersByTimeAsync(6000);
    vi.useRealTimers();
    const { records } = await running;
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ outputTokens: 1, outcome: { failure: 'cancelled' } });
  });

  it('leaves no listener behind on the caller’s signal', async () => {
    const controller = new AbortController();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = controller;
    await runLoop(new ScriptedEngine(0), { points: items(20), parallel: 20, signal });
    for (let run = 0; run < 15; run++) await runLoop(new ScriptedEngine(0), { points: items(1), signal });
    await pause(5);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});

describe('a failure', () => {
  it('of one request is a record, and the others go on', async () => {
    const engine = new ScriptedEngine();
    const failsOnce = engineOf((request, ...rest) =>
      request.index === 2
        ? Promise.resolve({ ...ok, status: 'failed', failure: 'reset', message: 'reset by peer' })
        : engine.send(request, ...rest),
    );
    const { records, counters } = await runLoop(failsOnce);
    expect(records.map((record) => record.outcome.failure)).toEqual([null, null, 'reset', null, null]);
    expect(counters.get('failed')).toBe(1);
  });

  it.each([
    ['rejects', engineOf(() => Promise.reject(new Error('out of memory')))],
    [
      'throws',
      engineOf(() => {
        throw new Error('out of memory');
      }),
    ],
    [
      'throws while it prepares',
      engineOf(
        () => Promise.resolve(ok),
        () => {
          throw new Error('out of memory');
        },
      ),
    ],
  ])('of an engine that %s is an outcome with its words', async (_, engine) => {
    const { records } = await runLoop(engine);
    expect(records).toHaveLength(5);
    for (const { outcome } of records) {
      expect(outcome).toMatchObject({ status: 'failed', failure: 'engine', message: 'out of memory' });
    }
  });

  it('of a record that can’t be kept ends the loop, and cancels what is in flight', async () => {
    const engine = new ScriptedEngine((index) => (index === 0 ? 1 : 1000));
    const kept: number[] = [];
    const started = performance.now();
    const running = runLoop(engine, {
      points: items(10),
      parallel: 3,
      onRecord: (record) => {
        if (record.id === 0) throw new Error('disk full');
        kept.push(record.id);
      },
    });
    await expect(running).rejects.toThrow('disk full');
    expect(performance.now() - started).toBeLessThan(1500);
    expect(engine.inFlight).toBe(0);
    expect(engine.events.filter((event) => event.startsWith('send')).length - 1).toBe(kept.length);
  });

  it('of the source is thrown, not recorded', async () => {
    const running = runLoop(new ScriptedEngine(), {
      source: {
        at: () => {
          throw new RangeError('no such point');
        },
      },
    });
    await expect(running).rejects.toThrow('no such point');
  });
});
