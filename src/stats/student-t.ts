import { regularizedBeta } from './regularized-beta.ts';

/** P(T <= t) of Student's t; Abramowitz and Stegun 26.7.1 through the incomplete beta function. */
export function studentTCumulative(t: number, degreesOfFreedom: number): number {
  const tail = 0.5 * regularizedBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/**
 * The t with P(T <= t) = `probability`, 0 < probability < 1, degrees of freedom > 0 (whole or not). The CDF is inverted by bisection,
 * so that it can't diverge, and the result kept to 12 significant digits: the last bits of `Math.exp` differ
 * between JavaScript engines, and summaries must not.
 */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  if (probability === 0.5) return 0;
  if (probability < 0.5) return -studentTQuantile(1 - probability, degreesOfFreedom);
  let low = 0;
  let high = 1;
  while (studentTCumulative(high, degreesOfFreedom) < probability) {
    low = high;
    high *= 2;
  }
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentTCumulative(middle, degreesOfFreedom) < probability) low = middle;
    else high = middle;
  }
  return Number(high.toPrecision(12));
}
