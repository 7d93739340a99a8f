import { expect, test } from 'vitest';

import { readAmdMetrics, readAmdProcesses } from '../../../../src/telemetry/gpu/amd-smi.ts';
import { recorded } from './recorded.ts';

const shapes: Readonly<Record<string, unknown>> = JSON.parse(recorded('amd-smi-shapes.json'));
const text = (name: string): string => JSON.stringify(shapes[name]);

test('metrics of ROCm 6 stand in a bare list', () => {
  expect(readAmdMetrics(text('metric_6x_bare_array'))).toMatchObject([
    {
      device: { index: 0, uuid: 'AMD-0', memoryTotalBytes: 196_592 * 2 ** 20, memoryUsedBytes: 284 * 2 ** 20 },
      reading: { powerWatts: 125, energyJoules: 20_909_145.914, utilizationPercent: null, slowdowns: null },
    },
  ]);
});

test('metrics of ROCm 7 are wrapped, and N/A is null', () => {
  expect(readAmdMetrics(text('metric_7x_wrapped'))).toMatchObject([
    { reading: { powerWatts: null, energyJoules: null, utilizationPercent: 0, memoryUsedBytes: null } },
  ]);
});

test('processes, and the sentence that there is none', () => {
  expect(readAmdProcesses(text('process_list_shape_bare_array'))).toEqual([
    { uuid: 'AMD-0', pid: 4242, name: 'python3', memoryBytes: 270_846_402_560 },
  ]);
});

test.each(['', 'command not found', '{"gpu_data": 1}', '[1, null, "x"]'])('%s is no answer', (answer) => {
  expect(readAmdMetrics(answer) ?? []).toEqual([]);
  expect(readAmdProcesses(answer) ?? []).toEqual([]);
});
