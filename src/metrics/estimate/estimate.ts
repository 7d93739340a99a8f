// Predicts the rows of the full run from those of an estimate. The measured rows stay what they are; nothing here is one.
import { formatCount } from '../../base/units.ts';
import type { CellPlan, EstimatePlan, RunPlan } from '../../contract/plan.ts';
import type { MetricDefinition, SummaryRow, SummaryValue, Estimate, EstimatedRow } from '../../contract/summary.ts';
import { decodeSpeed } from '../definition/decode-speed.ts';
import { generatedSpeed } from '../definition/generated-speed.ts';
import { latency } from '../definition/latency.ts';
import { prefillSpeed } from '../definition/prefill-speed.ts';
import { totalSpeed } from '../definition/total-speed.ts';
import { tpot } from '../definition/tpot.ts';
import { ttft } from '../definition/ttft.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { RunTally } from '../run-tally.ts';
import { decodeRegressors, describeLaw, fitLaws, prefillRegressors } from './laws.ts';
import type { Law } from './laws.ts';
import { bothTimes, predictionInterval, predictMean, predictSum } from './prediction.ts';
import type { PredictedTime } from './prediction.ts';

/** A run that was stopped may lack the depths that longer rows are predicted from. */
const farthestBeyond = 4;

/** The estimate of a run that was planned as one; null of any other. */
export function estimateOf(run: { plan: RunPlan; rows: readonly SummaryRow[]; tally: RunTally }): Estimate | null {
  const { plan, rows, tally } = run;
  const full = plan.estimate;
  if (full === null) return null;
  const valid = rows.filter((row) => row.valid);
  const requests = valid.flatMap((row) => tally.countedOf(row.cell));
  const { prefill, decode } = fitLaws(requests);
  const measuredTime = measuredTimeOf(rows.flatMap((row) => tally.requestsOf(row.cell)));
  const longest = Math.max(0, ...requests.map(({ promptTokens }) => promptTokens ?? 0));
  const wanted = Math.max(...full.cells.map(promptOf));
  const reason =
    prefill === null || decode === null
      ? `${formatCount(requests.length)} valid requests are too few to fit how time grows with the context`
      : wanted > farthestBeyond * longest
        ? `prompts of up to ${formatCount(longest)} tokens were measured, too far from ${formatCount(wanted)}`
        : null;
  if (prefill === null || decode === null || reason !== null) {
    return { reason, rows: [], laws: [], measuredTime, fullTime: fullTimeValue(null, reason ?? 'unknown') };
  }
  const laws = { prefill, decode };
  return {
    reason: null,
    rows: full.cells.map((cell) => estimatedRow(cell, laws, { full, longest })),
    laws: [prefill, decode].map(describeLaw),
    measuredTime,
    fullTime: fullTimeValue(fullTime(full, laws), null),
  };
}

interface Laws {
  readonly prefill: Law;
  readonly decode: Law;
}

function estimatedRow(
  cell: CellPlan,
  { prefill, decode }: Laws,
  known: { full: EstimatePlan; longest: number },
): EstimatedRow {
  const promptTokens = promptOf(cell);
  const { outputTokens } = cell;
  const { repetitions } = known.full;
  const first = predictMean(prefill, prefillRegressors(promptTokens), repetitions);
  const rest = predictMean(decode, decodeRegressors(promptTokens, outputTokens), repetitions);
  const whole = bothTimes(first, rest);
  const n = Math.min(prefill.n, decode.n);
  const method = `predicted mean of ${repetitions === 1 ? 'one pass' : `${repetitions} passes`}`;
  const tokensBy = (metric: MetricDefinition, tokens: number, time: PredictedTime): SummaryValue => {
    const { low, high, ...interval } = predictionInterval(time);
    const perSecond = (ms: number): number => (tokens * 1000) / ms;
    const limits = { low: perSecond(high), high: perSecond(low), ...interval };
    return predictedValue(metric, { value: perSecond(time.ms), n, method, interval: limits });
  };
  const timeOf = (metric: MetricDefinition, time: PredictedTime): SummaryValue =>
    predictedValue(metric, { value: time.ms, n, method, interval: predictionInterval(time) });
  const eachToken = scaled(rest, 1 / (outputTokens - 1));
  const values = [
    tokensBy(generatedSpeed, outputTokens, whole),
    tokensBy(decodeSpeed, outputTokens - 1, rest),
    tokensBy(totalSpeed, promptTokens + outputTokens, whole),
    tokensBy(prefillSpeed, promptTokens, first),
    timeOf(ttft, first),
    timeOf(tpot, eachToken),
    timeOf(latency, whole),
  ];
  return {
    cell: cell.id,
    promptTokens,
    outputTokens,
    values: Object.fromEntries(values.map((value) => [value.id, value])),
    beyondMeasured: Math.max(1, promptTokens / known.longest),
  };
}

function fullTime({ cells, repetitions, warmups }: EstimatePlan, { prefill, decode }: Laws): PredictedTime {
  const requests = repetitions + warmups;
  return bothTimes(
    predictSum(
      prefill,
      cells.map((cell) => ({ regressors: prefillRegressors(promptOf(cell)), requests })),
    ),
    predictSum(
      decode,
      cells.map((cell) => ({ regressors: decodeRegressors(promptOf(cell), cell.outputTokens), requests })),
    ),
  );
}

function fullTimeValue(time: PredictedTime | null, reason: string | null): SummaryValue {
  const definition: MetricDefinition = {
    id: 'full_time',
    label: 'Requests of the full run',
    unit: 'ms',
    better: 'neither',
    formula: 'sum of latencies over rows, warm-ups and repetitions',
  };
  const interval = time === null ? null : predictionInterval(time);
  const found = { value: time?.ms ?? null, n: time === null ? 0 : 1, method: 'predicted sum', interval };
  return { ...predictedValue(definition, found), reason };
}

function measuredTimeOf(requests: readonly RequestFacts[]): SummaryValue {
  const definition: MetricDefinition = {
    id: 'measured_time',
    label: 'Requests of the estimate',
    unit: 'ms',
    better: 'neither',
    formula: 'sum of latencies, warm-ups included',
  };
  const value = requests.reduce((sum, { sentNs, endNs }) => sum + (endNs - sentNs) / 1e6, 0);
  return predictedValue(definition, { value, n: requests.length, method: 'sum', interval: null });
}

function predictedValue(
  { id, label, unit, better, formula }: MetricDefinition,
  found: Pick<SummaryValue, 'value' | 'n' | 'method' | 'interval'>,
): SummaryValue {
  const rest = { reason: null, spread: null, percentiles: [], raw: [], executions: [] };
  return { id, label, unit, better, formula, ...found, ...rest };
}

function scaled({ ms, standardError, degreesOfFreedom }: PredictedTime, factor: number): PredictedTime {
  return { ms: ms * factor, standardError: standardError * factor, degreesOfFreedom };
}

function promptOf(cell: CellPlan): number {
  return cell.promptTokens ?? 0;
}
