import { expect, test } from 'vitest';

import type { MemoryFigure } from '../../../src/contract/memory.ts';
import { gpuMemory } from '../../../src/metrics/definition/gpu-memory.ts';
import { TelemetryIndex } from '../../../src/metrics/noise/row-samples.ts';
import { requestFacts } from '../../../src/metrics/request-facts.ts';
import { rooflineOf } from '../../../src/metrics/roofline.ts';
import { cell, engine, plan, scriptedRecord } from './scripted-run.ts';

const figure = (kind: MemoryFigure['kind'], gibibytes: number | null): MemoryFigure => ({
  kind,
  bytes: gibibytes === null ? null : gibibytes * 2 ** 30,
  method: `${kind} by test`,
  reason: gibibytes === null ? 'computed on the CPU' : null,
});

function measured(records: readonly (readonly MemoryFigure[])[], ofRun: readonly MemoryFigure[]): unknown {
  if (!('derived' in gpuMemory)) throw new Error('gpu_memory is derived');
  const { value, method, n, reason } = gpuMemory.derived({
    cell,
    requests: records.map((memory) => requestFacts(scriptedRecord({}, { memory }))),
    passes: [],
    gapsNs: null,
    engine: { ...engine, memory: ofRun },
    samples: new TelemetryIndex([]).of([]),
    values: {},
    roofline: rooflineOf(plan, engine),
  });
  return { value, method, n, reason };
}

test('the largest peak of the row, from what the allocator needed', () => {
  const records = [1.5, 2, 1.75].map((peak) => [figure('engine', peak), figure('device', 40)]);
  expect(measured(records, [figure('device', 60)])).toEqual({
    value: 2,
    method: 'reported by the engine: engine by test',
    n: 3,
    reason: null,
  });
});

test('without figures of requests, the one of the run', () => {
  expect(measured([[]], [figure('process', 3), figure('device', 40)])).toMatchObject({
    value: 3,
    method: 'its processes on the device: process by test',
  });
});

test('what an engine reports on a CPU is no GPU memory', () => {
  const memory = [figure('engine', 2), figure('host', 3), figure('device', null)];
  expect(measured([memory], memory)).toMatchObject({ value: null, reason: 'computed on the CPU' });
});
