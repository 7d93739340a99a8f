/** Passes that must agree, and the range by the least of them within which they do. */
const agreeing = 3;
const largestSpread = 0.02;

export interface Steadiness {
  /** `agreement`: the last three differ by less than 2 %. `no-trend`: of the last four, the direction changed twice. null: neither. */
  readonly by: 'agreement' | 'no-trend' | null;
  /** Range of the last three by the least; null for fewer. */
  readonly spread: number | null;
}

/**
 * Whether times of successive passes have settled. Scatter is no trend: values that go up, down and up again
 * (BenchmarkDotNet's criterion) will not settle further, and their interval tells of the scatter.
 */
export function steadiness(times: readonly number[]): Steadiness {
  if (times.length < agreeing) return { by: null, spread: null };
  const last = times.slice(-agreeing);
  const least = Math.min(...last);
  const spread = (Math.max(...last) - least) / least;
  if (spread < largestSpread) return { by: 'agreement', spread };
  return { by: turns(times.slice(-agreeing - 1)) >= 2 ? 'no-trend' : null, spread };
}

function turns(times: readonly number[]): number {
  let count = 0;
  for (let index = 2; index < times.length; index++) {
    const [first = 0, second = 0, third = 0] = times.slice(index - 2, index + 1);
    if ((second - first) * (third - second) < 0) count++;
  }
  return count;
}
