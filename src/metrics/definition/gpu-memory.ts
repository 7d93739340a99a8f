import type { EngineFacts, MemoryFigure } from '../../contract/engine.ts';
import { noMeasurement, spreadOf } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';

/** Device memory that the engine holds, in GiB: its process on the device, else the device as a whole. Unknown is null, never 0. */
export const gpuMemory = defineMetric({
  id: 'gpu_memory',
  label: 'GPU memory',
  unit: 'GiB',
  better: 'lower',
  formula: "bytes / 2^30 of the engine's process on the device, else of the device; one figure for the run",
  derived: (row) => {
    const figure = onDevice(row.engine).find((one) => one.bytes !== null);
    if (figure === undefined || figure.bytes === null) return noMeasurement(whyUnknown(row.engine), 'none');
    const value = figure.bytes / 2 ** 30;
    return {
      value,
      reason: null,
      n: 1,
      method: figure.method,
      interval: null,
      spread: spreadOf([value]),
      raw: [value],
    };
  },
});

function onDevice(engine: EngineFacts): MemoryFigure[] {
  const ofKind = (kind: MemoryFigure['kind']): MemoryFigure[] => engine.memory.filter((one) => one.kind === kind);
  return [...ofKind('process'), ...ofKind('device')];
}

function whyUnknown(engine: EngineFacts): string {
  const told = onDevice(engine).find((figure) => figure.reason !== null)?.reason;
  if (told !== undefined && told !== null) return told;
  if (engine.url !== null) return 'a served API does not tell its memory';
  if (/\bcpu\b/i.test(engine.device ?? '')) return `${engine.name} computes on the CPU`;
  return `${engine.name} does not tell its GPU memory`;
}
