// Each power of two is split evenly into this many buckets.
const bucketsAnOctave = 512;
// 2^48 ns are 78 hours.
const octaves = 48;

/**
 * Counts of positive values in buckets of bounded relative width (HdrHistogram's layout): quantiles come within 0.1 % of the
 * values themselves, whatever their number, in 200 KB. Count, sum, least and largest value are exact. Values from 1 to
 * 2^48 in any unit; smaller ones count as 1 and larger ones as 2^48 in quantiles.
 */
export class LogLinearHistogram {
  readonly #counts = new Float64Array(bucketsAnOctave * octaves);
  count = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;

  /** Counts a value, `times` over. */
  add(value: number, times = 1): void {
    this.count += times;
    this.sum += value * times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
  }

  /** NaN when nothing was counted. */
  mean(): number {
    return this.count === 0 ? NaN : this.sum / this.count;
  }

  /** Quantiles of type 7 of Hyndman and Fan, of the values as their buckets know them; `probabilities` must rise. NaN when nothing was counted. */
  quantiles(probabilities: readonly number[]): number[] {
    let bucket = 0;
    let upTo = this.#counts[0] ?? 0;
    const valueAt = (rank: number): number => {
      while (upTo <= rank && bucket < this.#counts.length - 1) upTo += this.#counts[++bucket] ?? 0;
      return Math.min(this.max, Math.max(this.min, middleOf(bucket)));
    };
    return probabilities.map((probability) => {
      if (this.count === 0) return NaN;
      const position = (this.count - 1) * probability;
      const below = Math.floor(position);
      const low = valueAt(below);
      if (position === below) return low;
      // The neighbour may lie in a later bucket, and the next quantile in this one.
      const [atBucket, atUpTo] = [bucket, upTo];
      const high = valueAt(below + 1);
      [bucket, upTo] = [atBucket, atUpTo];
      return low + (position - below) * (high - low);
    });
  }
}

function bucketOf(value: number): number {
  let octave = 0;
  let rest = value;
  while (rest >= 0x1_0000) {
    rest /= 0x1_0000;
    octave += 16;
  }
  if (rest < 1) return 0;
  const fine = 31 - Math.clz32(rest);
  octave += fine;
  if (octave >= octaves) return bucketsAnOctave * octaves - 1;
  return octave * bucketsAnOctave + Math.floor((rest / 2 ** fine - 1) * bucketsAnOctave);
}

function middleOf(bucket: number): number {
  const octave = Math.floor(bucket / bucketsAnOctave);
  return 2 ** octave * (1 + ((bucket % bucketsAnOctave) + 0.5) / bucketsAnOctave);
}
