/** Sample quantile of type 7 of Hyndman and Fan (1996), the default of R and NumPy; NaN of an empty sample. */
export function quantile(sample: readonly number[], probability: number): number {
  return sortedQuantile(
    sample.toSorted((a, b) => a - b),
    probability,
  );
}

/** The same of a sample that is sorted already. */
export function sortedQuantile(sorted: ArrayLike<number>, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  const high = sorted[below + 1] ?? low;
  return low + (position - below) * (high - low);
}

/** The middle of the sample: of an even number of values the mean of the middle two. */
export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}
