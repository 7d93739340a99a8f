import type { PageRun, PeakLine } from '../../src/contract/report-details.ts';
import { definitionOf, pointsOf, promptTokens } from '../data.ts';
import type { Point } from '../data.ts';
import { number } from '../draw.ts';
import type { Figure } from '../figure.ts';
import { say } from '../language.ts';
import { metricFigure } from './metric.ts';

/** What of the hardware is used, below what it could do, and memory against context. */
export function hardwareFigures(runs: readonly PageRun[]): Figure[] {
  return [
    ...(roofline(runs, 'decode_bandwidth', (run) => run.details?.hardware.bandwidth ?? null) ?? []),
    ...(roofline(runs, 'prefill_compute', (run) => run.details?.hardware.compute ?? null) ?? []),
    ...(memoryFigure(runs) ?? []),
  ];
}

// Without a peak it would be the chart of a speed in another unit.
function roofline(runs: readonly PageRun[], id: string, peakOf: (run: PageRun) => PeakLine | null): Figure[] | null {
  const definition = definitionOf(runs, id);
  const peaks = runs.map(peakOf).filter((peak) => peak !== null);
  const peak = peaks[0];
  if (definition === null || peak === undefined || peaks.some(({ value }) => value !== peak.value)) return null;
  const points = pointsOf(runs, promptTokens, (row) => row.values[id]);
  const label = say('dashed: {}', `${number(peak.value)} ${peak.unit}`);
  const figure = metricFigure(runs, {
    title: `${say('Roofline')}: ${say(definition.label)}`,
    unit: say(definition.unit),
    axis: say('prompt tokens'),
    curves: [{ label: say('measured'), points }],
    levels: [{ value: peak.value, label, told: `${label}, ${peak.source}` }],
    said: peak.source,
  });
  return figure === null ? null : [figure];
}

function memoryFigure(runs: readonly PageRun[]): Figure[] | null {
  const measured: Point[] = [];
  const expected: Point[] = [];
  const methods = new Set<string>();
  for (const [run, { details, summary }] of runs.entries()) {
    const memory = (details?.hardware.memory ?? []).toSorted((one, other) => one.contextTokens - other.contextTokens);
    const perToken = details?.hardware.keyValueBytesPerToken ?? null;
    const first = memory[0];
    for (const { contextTokens: x, gibibytes, method, cell } of memory) {
      const valid = summary.rows.find((row) => row.cell === cell)?.valid ?? true;
      methods.add(method);
      measured.push({ run, x, y: gibibytes, low: null, high: null, valid });
      if (first === undefined || perToken === null) continue;
      const y = first.gibibytes + ((x - first.contextTokens) * perToken) / 2 ** 30;
      expected.push({ run, x, y, low: null, high: null, valid: true });
    }
  }
  const figure = metricFigure(runs, {
    title: say('Memory'),
    unit: 'GiB',
    axis: say('prompt and generated tokens'),
    said: [...methods].join('; '),
    curves: [
      { label: say('measured'), points: measured },
      ...(expected.length === 0
        ? []
        : [
            {
              label: say('first row and the keys and values of the tokens beyond it'),
              points: expected,
              colour: 'var(--soft)',
              isDashed: true,
              isReference: true,
            },
          ]),
    ],
  });
  return figure === null ? null : [figure];
}
