import { modelIdentity, normalQuantization } from '../catalog/model-identity.ts';
import type { PublishedSpeed } from '../catalog/published-document.ts';
import { findPublishedSpeeds } from '../catalog/published-speeds.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { CellPlan } from '../contract/plan.ts';
import type { MetricDefinition, PublishedFigure, SummaryValue } from '../contract/summary.ts';
import { generatedSpeed } from './definition/generated-speed.ts';
import { totalSpeed } from './definition/total-speed.ts';
import { publishedDifferences } from './published-differences.ts';
import { scaled } from './scaled.ts';

/** Of what a row measured, by what was published for it. */
export const publishedRatio: MetricDefinition = {
  id: 'published_ratio',
  label: 'Measured to published',
  unit: 'ratio',
  better: 'higher',
  formula: 'measured speed / published speed, both by the definition of the published one',
};

const definitions = { generated_speed: generatedSpeed, total_speed: totalSpeed } as const;

export interface PublishedInput {
  readonly cell: CellPlan;
  readonly model: string;
  readonly engine: EngineFacts;
  readonly values: Readonly<Record<string, SummaryValue>>;
}

/**
 * Published figures of the same model, framework, prompt and generated length, each beside the measured value under the same
 * definition of speed. Of several quantisations that of the run, else BF16 with the difference named.
 */
export function publishedFigures(input: PublishedInput): PublishedFigure[] {
  const { cell, model, engine } = input;
  if (cell.kind !== 'speed' || cell.parallel !== 1 || cell.promptTokens === null) return [];
  const { name } = modelIdentity(model);
  const found = findPublishedSpeeds({
    model: name,
    framework: engine.name,
    hardware: null,
    quantization: null,
    promptTokens: cell.promptTokens,
  }).filter((row) => row.speed !== null && row.outputTokens === cell.outputTokens);
  const wanted = quantizationOf(model, engine);
  const same = found.filter((row) => normalQuantization(row.quantization) === wanted);
  const shown = same.length > 0 ? same : found.filter((row) => row.quantization === 'BF16');
  return shown
    .map((row) => figureOf(row, input, wanted))
    .toSorted((one, other) => one.differences.length - other.differences.length);
}

// A checkpoint without a quantisation in its name is published in 16 bits.
function quantizationOf(model: string, engine: EngineFacts): string {
  const { quantization } = modelIdentity(model);
  const dtype = engine.dtype === null || engine.dtype === 'auto' ? 'bf16' : engine.dtype;
  return normalQuantization(quantization ?? dtype);
}

function figureOf(row: PublishedSpeed, { engine, values }: PublishedInput, quantization: string): PublishedFigure {
  const { document } = row;
  const { id, label, unit, better, formula } = definitions[document.speed];
  const measured = values[id] ?? null;
  const printed = row.speed ?? Number.NaN;
  return {
    source: `${document.source} at ${document.commit.slice(0, 8)}, ${document.date}`,
    model: row.model,
    framework: row.framework,
    version: row.version,
    hardware: document.hardware,
    quantization: row.quantization,
    note: row.note,
    published: {
      id,
      label,
      unit,
      better,
      formula,
      value: printed,
      reason: null,
      n: 1,
      method: `as printed (definition ${document.speedBasis}); how often it was measured is not said`,
      interval: null,
      spread: null,
      percentiles: [],
      raw: [],
      executions: [],
    },
    ratio: ratioOf(measured, printed),
    differences: publishedDifferences(row, engine, quantization),
  };
}

function ratioOf(measured: SummaryValue | null, printed: number): SummaryValue {
  const method = 'measured / published; only the measured one has an interval';
  const nothing = { value: null, n: 0, method, interval: null, spread: null, percentiles: [], raw: [], executions: [] };
  if (measured === null) return { ...publishedRatio, ...nothing, reason: 'the speed was not measured' };
  return { ...publishedRatio, ...scaled(measured, 1 / printed, method) };
}
