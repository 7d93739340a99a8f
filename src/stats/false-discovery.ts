/**
 * P values adjusted for the false-discovery rate (Benjamini and Hochberg 1995, step-up): where those of at most q are called
 * discoveries, the expected share of false ones among them is at most q. In the order in which they came.
 */
export function adjustForFalseDiscovery(pValues: readonly number[]): number[] {
  const count = pValues.length;
  const falling = pValues.map((value, place) => ({ value, place })).toSorted((one, other) => other.value - one.value);
  const adjusted = Array.from({ length: count }, () => 1);
  let smallest = 1;
  for (const [index, { value, place }] of falling.entries()) {
    smallest = Math.min(smallest, (value * count) / (count - index));
    adjusted[place] = smallest;
  }
  return adjusted;
}
