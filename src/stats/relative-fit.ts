import { nonNegativeLeastSquares, predictedMean } from './least-squares.ts';
import type { LinearFit, Observation } from './least-squares.ts';

const rounds = 4;

/**
 * Non-negative least squares of values above 0 whose errors grow with them: weights are the inverse squares of what the fit says
 * itself, found by iteration (iteratively reweighted least squares; Carroll and Ruppert, Transformation and Weighting
 * in Regression, 2). The residual deviation is then a share: 0.02 is 2 %. Null: too few or equal points.
 */
export function relativeFit(points: readonly Pick<Observation, 'x' | 'y'>[]): LinearFit | null {
  let fit = nonNegativeLeastSquares(points.map(({ x, y }) => ({ x, y, weight: 1 / y ** 2 })));
  for (let round = 1; round < rounds && fit !== null; round++) {
    const last = fit;
    fit = nonNegativeLeastSquares(
      points.map(({ x, y }) => {
        const { value } = predictedMean(last, x);
        return { x, y, weight: 1 / (value > 0 ? value : y) ** 2 };
      }),
    );
  }
  return fit;
}
