import { studentTCumulative, studentTQuantile } from './student-t.ts';
import type { Limits } from './t-interval.ts';
import type { UnitTime } from './unit-time.ts';

export interface MeanRatio extends Limits {
  readonly ratio: number;
  /** Chance of a ratio at least so far from 1 when the means are equal. */
  readonly pValue: number;
}

/** An estimate with its standard error. */
interface Estimate {
  readonly value: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/**
 * Ratio of two mean times, second by first, with its interval at `level`: Welch's t on the logarithms of the means, their
 * standard errors by the delta method (relative error of the mean). Means must be above 0.
 */
export function ratioOfMeans(base: UnitTime, candidate: UnitTime, level: number): MeanRatio {
  const { difference, standardError, degreesOfFreedom, pValue } = welch(logarithm(base), logarithm(candidate));
  const halfWidth = standardError === 0 ? 0 : studentTQuantile((1 + level) / 2, degreesOfFreedom) * standardError;
  return {
    ratio: candidate.time / base.time,
    low: Math.exp(difference - halfWidth),
    high: Math.exp(difference + halfWidth),
    pValue,
  };
}

/** Welch's test of two means (Welch 1947), second minus first, two-sided. Without any error p is 0, or 1 for equal means. */
export function welch(
  first: Estimate,
  second: Estimate,
): { difference: number; standardError: number; degreesOfFreedom: number; pValue: number } {
  const difference = second.value - first.value;
  const [one, other] = [first.standardError ** 2, second.standardError ** 2];
  const variance = one + other;
  if (variance === 0) {
    return { difference, standardError: 0, degreesOfFreedom: Infinity, pValue: difference === 0 ? 1 : 0 };
  }
  const degreesOfFreedom = variance ** 2 / (one ** 2 / first.degreesOfFreedom + other ** 2 / second.degreesOfFreedom);
  const standardError = Math.sqrt(variance);
  const pValue = 2 * studentTCumulative(-Math.abs(difference / standardError), degreesOfFreedom);
  return { difference, standardError, degreesOfFreedom, pValue };
}

function logarithm({ time, standardError, degreesOfFreedom }: UnitTime): Estimate {
  return { value: Math.log(time), standardError: standardError / time, degreesOfFreedom };
}
