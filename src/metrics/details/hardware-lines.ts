import type { EngineFacts } from '../../contract/engine.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import type { HardwareLines, MemoryPoint, PeakLine } from '../../contract/report-details.ts';
import { isMissing } from '../missing.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { Peak, Roofline } from '../roofline.ts';
import type { Missing } from '../missing.ts';
import type { CellTally } from '../run-tally.ts';
import { significant } from './significant.ts';

/** The peaks of the devices, and the memory of speed rows against their context. */
export function hardwareLines(
  cells: readonly CellTally[],
  { roofline, engine }: { roofline: Roofline; engine: EngineFacts },
): HardwareLines {
  const { model, bandwidth, compute } = roofline;
  return {
    bandwidth: peakLine(bandwidth, { unit: 'GB/s', of: 1e9 }),
    compute: peakLine(compute, { unit: 'TFLOP/s', of: 1e12 }),
    memory: memoryPoints(cells, engine),
    keyValueBytesPerToken: isMissing(model) ? null : model.keyValueBytes,
  };
}

function peakLine(peak: Peak | Missing, { unit, of }: { unit: PeakLine['unit']; of: number }): PeakLine | null {
  return isMissing(peak) ? null : { value: significant(peak.perSecond / of), unit, source: peak.source };
}

// What one request needed by itself; a figure for the whole run says nothing of its length. Points of one kind only.
const kinds = ['engine', 'process', 'device', 'host'] as const;

function memoryPoints(cells: readonly CellTally[], { name }: EngineFacts): MemoryPoint[] {
  for (const kind of kinds) {
    const points = cells.flatMap(({ cell, counted }) =>
      cell.kind === 'speed' ? largest(cell.id, counted, { kind, name }) : [],
    );
    if (new Set(points.map(({ contextTokens }) => contextTokens)).size > 1) return points;
  }
  return [];
}

function largest(
  cell: string,
  requests: readonly RequestFacts[],
  { kind, name }: { kind: MemoryFigure['kind']; name: string },
): MemoryPoint[] {
  const points = requests.flatMap(({ memory, promptTokens, outputTokens }) => {
    const figure = memory.find((one) => one.kind === kind && one.bytes !== null);
    if (figure?.bytes == null || promptTokens === null || outputTokens === null) return [];
    const gibibytes = significant(figure.bytes / 2 ** 30);
    const told = kind === 'engine' ? `${name}: ${figure.method}` : figure.method;
    return [{ cell, contextTokens: promptTokens + outputTokens, gibibytes, method: told }];
  });
  return points.toSorted((one, other) => other.gibibytes - one.gibibytes).slice(0, 1);
}
