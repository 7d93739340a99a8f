import type { Interval } from '../../contract/summary.ts';
import { predictedMean } from '../../stats/least-squares.ts';
import { studentTQuantile } from '../../stats/student-t.ts';
import { level } from '../aggregate.ts';
import type { Law } from './laws.ts';

/** How much the means of two runs differ for reasons that one run can't show, as a share: assumed, and part of each interval. */
const betweenRuns = 0.02;

/** A time that another run is expected to show. */
export interface PredictedTime {
  readonly ms: number;
  /** Of the law's parameters, and of how the requests of that run scatter. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/** One kind of request of the run that is predicted. */
export interface PredictedPart {
  readonly regressors: readonly number[];
  /** So many of them are sent. */
  readonly requests: number;
}

/** Mean over `requests` requests with these regressors. */
export function predictMean(law: Law, regressors: readonly number[], requests: number): PredictedTime {
  const sum = predictSum(law, [{ regressors, requests }]);
  return { ...sum, ms: sum.ms / requests, standardError: sum.standardError / requests };
}

/** Sum over all requests of these parts; the law's own error is common to all of them. */
export function predictSum({ fit, startMs }: Law, parts: readonly PredictedPart[]): PredictedTime {
  const total = fit.parameters.map((_, place) =>
    parts.reduce((sum, { regressors, requests }) => sum + requests * (regressors[place] ?? 0), 0),
  );
  const { value, standardError } = predictedMean(fit, total);
  const starts = startMs * parts.reduce((sum, { requests }) => sum + requests, 0);
  const scatter = parts.reduce((sum, { regressors, requests }) => {
    const each = (fit.deviation ?? 0) * predictedMean(fit, regressors).value;
    return sum + requests * each ** 2;
  }, 0);
  return {
    ms: value + starts,
    standardError: Math.sqrt(standardError ** 2 + scatter),
    degreesOfFreedom: fit.degreesOfFreedom,
  };
}

/** Both times, one after the other. A machine that is slower for one is so for the other: errors are added, not their squares. */
export function bothTimes(one: PredictedTime, other: PredictedTime): PredictedTime {
  return {
    ms: one.ms + other.ms,
    standardError: one.standardError + other.standardError,
    degreesOfFreedom: Math.min(one.degreesOfFreedom, other.degreesOfFreedom),
  };
}

/**
 * Prediction interval of a time (Draper and Smith, Applied Regression Analysis, 3.1): Student's t on the logarithm, so that it is
 * above 0, with the assumed difference between runs, degrees of freedom by Welch and Satterthwaite.
 */
export function predictionInterval({ ms, standardError, degreesOfFreedom }: PredictedTime): Interval {
  const own = standardError / ms;
  const both = Math.sqrt(own ** 2 + betweenRuns ** 2);
  const freedom = own === 0 ? Infinity : degreesOfFreedom * (both / own) ** 4;
  const half = studentTQuantile((1 + level) / 2, Math.min(freedom, mostFreedom)) * both;
  return {
    low: ms * Math.exp(-half),
    high: ms * Math.exp(half),
    level,
    method: `prediction interval: t on the residuals, and ${100 * betweenRuns} % assumed between runs`,
    covers: 'repetitions',
  };
}

// Beyond this Student's t is the normal distribution to five digits.
const mostFreedom = 1e6;
