import type { EngineFacts } from '../../contract/engine.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import { noMeasurement, spreadOf } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';

/**
 * Memory of the device, in GiB: what the engine's allocator needed at its peak, else its process on the device, else the
 * device as a whole. Figures of the row's own requests go before one for the whole run. Unknown is null, never 0.
 */
export const gpuMemory = defineMetric({
  id: 'gpu_memory',
  label: 'GPU memory',
  unit: 'GiB',
  better: 'lower',
  formula:
    "largest of the row's requests: bytes / 2^30 that the engine reports, else of its process on the device, else of the device",
  derived: (row) => {
    const ofRequests = row.requests.flatMap((request) => onDevice(request.memory, row.engine).slice(0, 1));
    const figures = ofRequests.length > 0 ? ofRequests : onDevice(row.engine.memory, row.engine).slice(0, 1);
    const largest = figures.toSorted((one, other) => (other.bytes ?? 0) - (one.bytes ?? 0))[0];
    if (largest === undefined || largest.bytes === null) return noMeasurement(whyUnknown(row.engine), 'none');
    const raw = figures.map((figure) => (figure.bytes ?? 0) / 2 ** 30);
    return {
      value: largest.bytes / 2 ** 30,
      reason: null,
      n: raw.length,
      method: `${sources[largest.kind]}: ${largest.method}`,
      interval: null,
      spread: spreadOf(raw),
      percentiles: [],
      raw,
      executions: ofRequests.length > 0 ? row.requests.map(({ execution }) => execution).slice(0, raw.length) : [],
    };
  },
});

// A reader must know which of the four figures a table shows.
const sources: Readonly<Record<MemoryFigure['kind'], string>> = {
  engine: 'reported by the engine',
  process: 'its processes on the device',
  device: 'the device',
  host: 'the host',
};

// What an engine reports is memory of a device only where it computes on one.
function onDevice(memory: readonly MemoryFigure[], { gpuCount }: EngineFacts): MemoryFigure[] {
  const known = memory.filter((one) => one.bytes !== null);
  const seen = known.filter((one) => one.kind === 'process' || one.kind === 'device');
  if (seen.length === 0 && (gpuCount ?? 0) === 0) return [];
  const ofKind = (kind: MemoryFigure['kind']): MemoryFigure[] => known.filter((one) => one.kind === kind);
  return [...ofKind('engine'), ...ofKind('process'), ...ofKind('device')];
}

function whyUnknown(engine: EngineFacts): string {
  const told = engine.memory.find((one) => one.reason !== null && (one.kind === 'process' || one.kind === 'device'));
  if (told?.reason !== undefined && told.reason !== null) return told.reason;
  if (/\bcpu\b/i.test(engine.device ?? '')) return `${engine.name} computes on the CPU`;
  if (engine.url !== null) return 'a served API does not tell its memory';
  return `${engine.name} does not tell its GPU memory`;
}
