/** One equation: the sum of parameters x regressors should be `y`. */
export interface Observation {
  /** One number for each parameter. */
  readonly x: readonly number[];
  readonly y: number;
  /** By the inverse of its variance; only ratios count. */
  readonly weight: number;
}

export interface LinearFit {
  readonly parameters: readonly number[];
  /** Of the parameters; zero for those that are held at 0, and where there are no degrees of freedom. */
  readonly covariance: readonly (readonly number[])[];
  /** Residual standard deviation of an observation of weight 1; null: no degrees of freedom. */
  readonly deviation: number | null;
  readonly degreesOfFreedom: number;
  /** Weighted. */
  readonly residualSquares: number;
}

// A regressor that is this much like the others can't be told from them.
const dependent = 1e-9;

/**
 * Weighted linear least squares by Gram-Schmidt orthogonalisation, the covariance being s^2 (X'WX)^-1 (Draper and Smith,
 * Applied Regression Analysis, 5.1 and 9.2). `used`: the parameters that are fitted, the others are 0; left out: all.
 * Null: fewer observations than parameters, or regressors that can't be told apart.
 */
export function leastSquares(observations: readonly Observation[], used?: readonly number[]): LinearFit | null {
  const size = observations[0]?.x.length ?? 0;
  const places = used ?? Array.from({ length: size }, (_, place) => place);
  const count = places.length;
  if (observations.length < count || size === 0) return null;
  const roots = observations.map(({ weight }) => Math.sqrt(weight));
  const columns = places.map((place) => observations.map(({ x }, row) => (x[place] ?? 0) * (roots[row] ?? 0)));
  const norms = columns.map((column) => Math.sqrt(dot(column, column)));
  const decomposed = orthogonalise(columns.map((column, place) => scaled(column, 1 / (norms[place] ?? 1))));
  if (decomposed === null || norms.includes(0)) return null;
  const target = observations.map(({ y }, row) => y * (roots[row] ?? 0));
  const { basis, inverse } = decomposed;
  const projections = basis.map((vector) => dot(vector, target));
  const parameters = zeros(size);
  places.forEach((place, row) => {
    parameters[place] = dot(inverse[row] ?? [], projections) / (norms[row] ?? 1);
  });
  const residualSquares = observations.reduce(
    (sum, one) => sum + one.weight * (one.y - dot(one.x, parameters)) ** 2,
    0,
  );
  const degreesOfFreedom = observations.length - count;
  const variance = degreesOfFreedom > 0 ? residualSquares / degreesOfFreedom : 0;
  const covariance = Array.from({ length: size }, () => zeros(size));
  places.forEach((place, row) => {
    places.forEach((other, column) => {
      const product = dot(inverse[row] ?? [], inverse[column] ?? []);
      const line = covariance[place];
      if (line !== undefined) line[other] = (variance * product) / ((norms[row] ?? 1) * (norms[column] ?? 1));
    });
  });
  const deviation = degreesOfFreedom > 0 ? Math.sqrt(variance) : null;
  return { parameters, covariance, deviation, degreesOfFreedom, residualSquares };
}

/**
 * The same with no parameter below 0 (Lawson and Hanson, Solving Least Squares Problems, 23): the best of all subsets of parameters
 * whose own solution is not negative. Parameters are few, so every subset is tried. Null: none is left.
 */
export function nonNegativeLeastSquares(observations: readonly Observation[]): LinearFit | null {
  const size = observations[0]?.x.length ?? 0;
  let best: LinearFit | null = null;
  for (let subset = 1; subset < 2 ** size; subset++) {
    const used = Array.from({ length: size }, (_, place) => place).filter((place) => (subset >> place) % 2 === 1);
    const fit = leastSquares(observations, used);
    if (fit === null || fit.parameters.some((parameter) => parameter < 0)) continue;
    if (best === null || fit.residualSquares < best.residualSquares) best = fit;
  }
  return best;
}

/** What the fit says at these regressors, and the standard error of that: of the mean, not of an observation. */
export function predictedMean(fit: LinearFit, x: readonly number[]): { value: number; standardError: number } {
  let variance = 0;
  fit.covariance.forEach((line, row) => {
    variance += (x[row] ?? 0) * dot(line, x);
  });
  return { value: dot(fit.parameters, x), standardError: Math.sqrt(Math.max(0, variance)) };
}

/** Modified Gram-Schmidt: an orthonormal basis of the columns, and the inverse of the triangular factor; null: dependent columns. */
function orthogonalise(columns: readonly number[][]): { basis: number[][]; inverse: number[][] } | null {
  const count = columns.length;
  const basis: number[][] = [];
  // Columns of the inverse of R: how each basis vector is made of the given columns.
  const made: number[][] = [];
  for (const [place, column] of columns.entries()) {
    let rest = column;
    let recipe: number[] = Array.from({ length: count }, (_, one) => (one === place ? 1 : 0));
    for (const [earlier, vector] of basis.entries()) {
      const share = dot(vector, rest);
      rest = rest.map((value, row) => value - share * (vector[row] ?? 0));
      recipe = recipe.map((value, one) => value - share * (made[earlier]?.[one] ?? 0));
    }
    const norm = Math.sqrt(dot(rest, rest));
    if (!(norm > dependent)) return null;
    basis.push(scaled(rest, 1 / norm));
    made.push(scaled(recipe, 1 / norm));
  }
  const inverse = columns.map((_, row) => made.map((recipe) => recipe[row] ?? 0));
  return { basis, inverse };
}

function dot(one: readonly number[], other: readonly number[]): number {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += (one[place] ?? 0) * (other[place] ?? 0);
  return sum;
}

function scaled(vector: readonly number[], factor: number): number[] {
  return vector.map((value) => value * factor);
}

function zeros(size: number): number[] {
  return Array.from({ length: size }, () => 0);
}
