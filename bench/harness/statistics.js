function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Least, p50, p90, p99 and greatest of unsorted values; null of none. */
export function quantiles(values) {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).toSorted();
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(sorted, share));
  return { min: sorted[0], p50, p90, p99, max: sorted.at(-1) };
}

/** Median, least and greatest of what is a number among the values; null of none. */
export function spread(values) {
  const sorted = values.filter(Number.isFinite).toSorted((one, other) => one - other);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1), n: sorted.length };
}
