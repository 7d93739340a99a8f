// Each power of two is split evenly into this many buckets.
const bucketsAnOctave = 512;
// 2^48 ns are 78 hours.
const octaves = 48;
const tooLarge = 2 ** octaves;

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

const asDouble = new Float64Array(1);
const asWords = new Uint32Array(asDouble.buffer);
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const highWord = isLittleEndian ? 1 : 0;

// The exponent of a double is its octave, and the first 9 bits of its fraction are the bucket there: no logarithm, no power.
function bucketOf(value: number): number {
  if (value < 1) return 0;
  if (value >= tooLarge) return bucketsAnOctave * octaves - 1;
  asDouble[0] = value;
  const high = asWords[highWord] ?? 0;
  return ((high >>> 20) - 1023) * bucketsAnOctave + ((high >>> 11) & (bucketsAnOctave - 1));
}

function middleOf(bucket: number): number {
  const octave = Math.floor(bucket / bucketsAnOctave);
  return 2 ** octave * (1 + ((bucket % bucketsAnOctave) + 0.5) / bucketsAnOctave);
}
