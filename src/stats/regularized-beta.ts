/** I_x(a, b), the regularized incomplete beta function, for 0 <= x <= 1 and a, b > 0. Relative error near 1e-13. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const logFactor = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  // The continued fraction converges fast on one side of this point; the symmetry of I covers the other.
  if (x < (a + 1) / (a + b + 2)) return (Math.exp(logFactor) * continuedFraction(x, a, b)) / a;
  return 1 - (Math.exp(logFactor) * continuedFraction(1 - x, b, a)) / b;
}

/** DLMF 8.17.22, evaluated by Lentz's method in Thompson and Barnett's form. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}

// Terms of Stirling's series, B(2k) / (2k (2k - 1)): DLMF 5.11.1.
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** ln of the gamma function for x > 0: Stirling's series where it is exact to a double, reached by the recurrence. */
function logGamma(x: number): number {
  let product = 1;
  let at = x;
  for (; at < 15; at++) product *= at;
  let series = 0;
  let power = 1 / at;
  for (const term of stirling) {
    series += term * power;
    power /= at * at;
  }
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}
