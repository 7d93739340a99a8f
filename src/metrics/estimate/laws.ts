import type { MetricDefinition, SummaryValue, FittedLaw } from '../../contract/summary.ts';
import type { LinearFit } from '../../stats/least-squares.ts';
import { relativeFit } from '../../stats/relative-fit.ts';
import { studentTQuantile } from '../../stats/student-t.ts';
import { level } from '../aggregate.ts';
import { ttft } from '../definition/ttft.ts';
import { decodeSpeed } from '../definition/decode-speed.ts';
import { isMissing } from '../missing.ts';
import type { RequestFacts } from '../request-facts.ts';

/** How a time grows with the context: linear in its parameters, none of them negative, errors in proportion to the time. */
export interface Law {
  readonly of: FittedLaw['of'];
  readonly fit: LinearFit;
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
  const decode = requests.flatMap((request) => {
    const rate = decodeSpeed.rate(request);
    const { promptTokens, outputTokens, span } = request;
    if (isMissing(rate) || promptTokens === null || outputTokens === null || 'missing' in span) return [];
    // The mean of a request, since its single tokens are not independent of each other.
    const x = decodeRegressors(promptTokens, outputTokens, span.firstTokens).map((value) => value / rate.tokens);
    return [{ x, y: rate.ns / 1e6 / rate.tokens }];
  });
  return { prefill: lawOf('prefill', prefill), decode: lawOf('decode', decode) };
}

function lawOf(of: Law['of'], points: readonly { x: number[]; y: number }[]): Law | null {
  const fit = relativeFit(points.filter(({ y }) => y > 0));
  return fit === null || fit.deviation === null ? null : { of, fit, n: points.length };
}

const formulas: Readonly<Record<Law['of'], string>> = {
  prefill: 'time to first token = a + b P + c P^2',
  decode: 'time of a token at context k = a + b k',
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

/** A law as a summary tells it. */
export function describeLaw({ of, fit, n }: Law): FittedLaw {
  const method = 'non-negative least squares, weights 1 / fitted time squared';
  const bare = { reason: null, n, spread: null, percentiles: [], raw: [], executions: [], better: 'neither' } as const;
  return {
    of,
    formula: formulas[of],
    parameters: parameters[of].map((definition, place): SummaryValue => {
      const value = fit.parameters[place] ?? 0;
      const half =
        studentTQuantile((1 + level) / 2, fit.degreesOfFreedom) * Math.sqrt(fit.covariance[place]?.[place] ?? 0);
      const limits = { low: value - half, high: value + half, level, covers: 'repetitions' as const };
      const interval = half === 0 ? null : { ...limits, method: `t on ${fit.degreesOfFreedom} degrees of freedom` };
      return { ...bare, ...definition, value, method: value === 0 ? `${method}; held at 0` : method, interval };
    }),
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
