const leastShare = 0.05;
const fewest = 3;

/**
 * How much less the last of successive times is than the first, as a share of the first, where they fall all the way or
 * by Mann-Kendall's test (one-sided, 2.5 %; Kendall, Rank Correlation Methods, 4), and by 5 % at least; null: no such trend.
 * Of three values without any trend all fall one time in six, so a small change says nothing.
 */
export function fallingTrend(times: readonly number[]): number | null {
  const [first, last] = [times[0], times.at(-1)];
  const n = times.length;
  if (n < fewest || first === undefined || last === undefined) return null;
  const share = 1 - last / first;
  if (share < leastShare) return null;
  let falls = 0;
  for (let late = 1; late < n; late++) {
    for (let early = 0; early < late; early++) falls += Math.sign((times[early] ?? 0) - (times[late] ?? 0));
  }
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return falls === (n * (n - 1)) / 2 || (falls - 1) / deviation > 1.96 ? share : null;
}
