import { median } from './quantile.ts';

/** Below this the median deviation of a sample is itself too uncertain to call any value far. */
const leastForOutliers = 5;
// Makes the median absolute deviation of a normal sample its standard deviation.
const normalScale = 1.4826;
const farDeviations = 3;

/**
 * Places of the values that are far from the others: |x - median| > 3 * 1.4826 * MAD (Iglewicz and Hoaglin, 1993, with
 * their limit of 3.5 drawn at 3). They are named and never dropped. Empty for fewer than five values.
 */
export function outliers(sample: readonly number[]): number[] {
  if (sample.length < leastForOutliers) return [];
  const centre = median(sample);
  const limit = farDeviations * normalScale * median(sample.map((value) => Math.abs(value - centre)));
  return sample.flatMap((value, place) => (Math.abs(value - centre) > limit ? [place] : []));
}
