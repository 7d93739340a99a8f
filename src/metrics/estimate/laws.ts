import type { MetricDefinition, SummaryValue, FittedLaw } from '../../contract/summary.ts';
import { predictedMean } from '../../stats/least-squares.ts';
import type { LinearFit } from '../../stats/least-squares.ts';
import { median } from '../../stats/quantile.ts';
import { relativeFit } from '../../stats/relative-fit.ts';
import { studentTQuantile } from '../../stats/student-t.ts';
import { level } from '../aggregate.ts';
import { ttft } from '../definition/ttft.ts';
import { isMissing } from '../missing.ts';
import type { RequestFacts } from '../request-facts.ts';
import { settlingTokens } from '../token-span.ts';

/** How a time grows with the context: linear in its parameters, none of them negative, errors in proportion to the time. */
export interface Law {
  readonly of: FittedLaw['of'];
  readonly fit: LinearFit;
  /** Once a request, whatever its length, in ms: what its first tokens take beyond what the fit says of them. */
  readonly startMs: number;
  /** Requests that it was fitted to. */
  readonly n: number;
}

/** What is multiplied with a, b, c in the time to the first token of a prompt. */
export function prefillRegressors(promptTokens: number): number[] {
  return [1, promptTokens, promptTokens ** 2];
}

/**
 * The same of all tokens after the first `firstTokens`: the k-th is computed over the prompt and k - 1 generated tokens, so that
 * the mean context is P + (g1 + G - 1) / 2.
 */
export function decodeRegressors(promptTokens: number, outputTokens: number, firstTokens = 1): number[] {
  const tokens = outputTokens - firstTokens;
  return [tokens, tokens * (promptTokens + (firstTokens + outputTokens - 1) / 2)];
}

/** Fits both laws to measured requests, times in ms; null where there are too few, or all of one length. */
export function fitLaws(requests: readonly RequestFacts[]): { prefill: Law | null; decode: Law | null } {
  const prefill = requests.flatMap((request) => {
    const ns = ttft.time(request);
    const { promptTokens } = request;
    return isMissing(ns) || promptTokens === null ? [] : [{ x: prefillRegressors(promptTokens), y: ns / 1e6 }];
  });
  const decode = requests.flatMap(decodePoints);
  const starts = decode.map(({ start }) => start);
  return { prefill: lawOf('prefill', prefill), decode: lawOf('decode', decode, starts) };
}

interface Point {
  readonly x: number[];
  readonly y: number;
}

/**
 * A request as the decode law sees it: the mean of its tokens once it runs evenly, since single tokens are not independent of
 * each other; and apart from it its start, which weighs sixteen times as much in 32 tokens as in 512.
 */
function decodePoints(request: RequestFacts): (Point & { start: Point })[] {
  const { promptTokens, outputTokens, span } = request;
  if (promptTokens === null || outputTokens === null || 'missing' in span) return [];
  const { firstNs, lastNs, firstTokens, settledNs, settledTokens } = span;
  const tokens = outputTokens - settledTokens;
  if (tokens <= 0 || lastNs <= settledNs) return [];
  const x = decodeRegressors(promptTokens, outputTokens, settledTokens).map((value) => value / tokens);
  const start = { x: decodeRegressors(promptTokens, settledTokens, firstTokens), y: (settledNs - firstNs) / 1e6 };
  return [{ x, y: (lastNs - settledNs) / 1e6 / tokens, start }];
}

function lawOf(of: Law['of'], points: readonly Point[], starts: readonly Point[] = []): Law | null {
  const fit = relativeFit(points.filter(({ y }) => y > 0));
  if (fit === null || fit.deviation === null) return null;
  // The median: one stall in so few tokens would stand for a cost of every request.
  const beyond = starts.map(({ x, y }) => y - predictedMean(fit, x).value);
  return { of, fit, startMs: beyond.length === 0 ? 0 : median(beyond), n: points.length };
}

const formulas: Readonly<Record<Law['of'], string>> = {
  prefill: 'time to first token = a + b P + c P^2',
  decode: `time of a token at context k = a + b k, and s more over the first ${settlingTokens} tokens`,
};

const parameters: Readonly<Record<Law['of'], readonly Omit<MetricDefinition, 'better'>[]>> = {
  prefill: [
    { id: 'prefill_a', label: 'Prefill, fixed', unit: 'ms', formula: 'a of a + b P + c P^2' },
    { id: 'prefill_b', label: 'Prefill, linear', unit: 'ms/token', formula: 'b of a + b P + c P^2' },
    { id: 'prefill_c', label: 'Prefill, quadratic', unit: 'ms/token^2', formula: 'c of a + b P + c P^2' },
  ],
  decode: [
    { id: 'decode_a', label: 'Decode, fixed', unit: 'ms/token', formula: 'a of a + b k' },
    { id: 'decode_b', label: 'Decode, linear', unit: 'ms/token^2', formula: 'b of a + b k' },
  ],
};

const startDefinition = {
  id: 'decode_start',
  label: 'Decode, start',
  unit: 'ms',
  formula: `median of (t${settlingTokens} - t1) - (what a + b k says)`,
};

/** A law as a summary tells it. */
export function describeLaw({ of, fit, startMs, n }: Law): FittedLaw {
  const method = 'non-negative least squares, weights 1 / fitted time squared';
  const bare = { reason: null, n, spread: null, percentiles: [], raw: [], executions: [], better: 'neither' } as const;
  const fitted = parameters[of].map((definition, place): SummaryValue => {
    const value = fit.parameters[place] ?? 0;
    const half =
      studentTQuantile((1 + level) / 2, fit.degreesOfFreedom) * Math.sqrt(fit.covariance[place]?.[place] ?? 0);
    const limits = { low: value - half, high: value + half, level, covers: 'repetitions' as const };
    const interval = half === 0 ? null : { ...limits, method: `t on ${fit.degreesOfFreedom} degrees of freedom` };
    return { ...bare, ...definition, value, method: value === 0 ? `${method}; held at 0` : method, interval };
  });
  const start = { ...bare, ...startDefinition, value: startMs, method: `median of ${n} requests`, interval: null };
  return {
    of,
    formula: formulas[of],
    parameters: of === 'decode' ? [...fitted, start] : fitted,
    deviation: {
      ...bare,
      id: `${of}_deviation`,
      label: `Residual deviation, ${of}`,
      unit: 'ratio',
      formula: 'standard deviation of measured / fitted time',
      value: fit.deviation,
      method: `${n} requests, ${fit.degreesOfFreedom} degrees of freedom`,
      interval: null,
    },
  };
}
