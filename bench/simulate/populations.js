// Populations with a known mean: each draw gives the times of a whole measurement, in which start each was taken.

/** Standard normal numbers by Box and Muller. */
export function normalOf(random) {
  return () => Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
}

const oneStart = (times) => times.map((time) => ({ amount: 1, time, execution: 1 }));
const repeat = (length, make) => Array.from({ length }, (_, place) => make(place));

/** Times around 1 with this relative deviation. */
export const normalTimes = (n, deviation) => (normal) => oneStart(repeat(n, () => 1 + deviation * normal()));

/** Lognormal times of mean 1; sigma is that of the logarithm. */
export const skewedTimes = (n, sigma) => (normal) =>
  oneStart(repeat(n, () => Math.exp(sigma * normal() - sigma ** 2 / 2)));

/** A trend over the passes, of mean 1 over them, with noise on top. */
export const driftingTimes =
  (n, { drift, deviation }) =>
  (normal) =>
    oneStart(repeat(n, (place) => 1 + drift * (place / (n - 1) - 0.5) + deviation * normal()));

/** A state that wanders from pass to pass (autoregressive, of this correlation), as warmth does. */
export const wanderingTimes =
  (n, { correlation, deviation }) =>
  (normal) => {
    let state = normal();
    return oneStart(
      repeat(n, () => {
        const time = 1 + deviation * state;
        state = correlation * state + Math.sqrt(1 - correlation ** 2) * normal();
        return time;
      }),
    );
  };

/** Starts that differ, and repetitions that differ within each; times around `mean`. */
export const twoLevelTimes =
  ({ executions, repetitions, between, within, mean = 1 }) =>
  (normal) =>
    repeat(executions, (start) => {
      const centre = mean * (1 + between * normal());
      return repeat(repetitions, () => ({ amount: 1, time: centre * (1 + within * normal()), execution: start + 1 }));
    }).flat();

/** Goes on until the interval is narrow enough, as `--precision` does. */
export const precisionStopped =
  ({ deviation, precision, from, most, interval }) =>
  (normal) => {
    const times = repeat(from, () => 1 + deviation * normal());
    for (;;) {
      const limits = interval(oneStart(times), 0.95);
      const centre = times.reduce((sum, time) => sum + time, 0) / times.length;
      if (times.length >= most || (limits.high - limits.low) / 2 <= precision * centre) return oneStart(times);
      times.push(1 + deviation * normal());
    }
  };
