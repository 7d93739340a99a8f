/**
 * How a measured number is written. Comes in: a value and its interval. Goes out: text whose digits are those that the
 * interval supports. Knows nothing of metrics, tables or pages.
 */

/** A value and its uncertainty apart, so that a column can align where they meet. */
export interface MeasuredText {
  readonly value: string;
  /** Starts with its sign, such as `± 0.11`; empty when there is none to show. */
  readonly uncertainty: string;
}

/** The limits of an interval, in the unit of the value. A limit may be infinite. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

const significantDigits = 4;
// More digits than this are below the resolution of any clock that a benchmark of seconds uses.
const mostSignificantDigits = 6;
const nearlySymmetric = 1.25;

/** Writes a value without an interval: four significant digits, whole numbers in full. */
export function plainNumber(value: number): string {
  if (value === 0) return '0';
  return fixed(value, clamp(significantDigits - 1 - exponentOf(value, significantDigits), 0, mostSignificantDigits));
}

/**
 * Writes a value with its interval: the uncertainty has two significant digits and the value ends at the same place.
 * `± half-width` when the interval is nearly symmetric, `+above −below` when it is not, and the limits themselves when
 * the value is outside or one limit is infinite.
 */
export function measuredText(value: number, limits: Limits | null): MeasuredText {
  if (limits === null) return { value: plainNumber(value), uncertainty: '' };
  const below = value - limits.low;
  const above = limits.high - value;
  if (!Number.isFinite(below) || !Number.isFinite(above) || below < 0 || above < 0) return withLimits(value, limits);
  const smaller = Math.min(below, above);
  const larger = Math.max(below, above);
  if (larger === 0) return { value: plainNumber(value), uncertainty: '± 0' };
  const symmetric = larger <= smaller * nearlySymmetric;
  const half = (below + above) / 2;
  const decimals = decimalsFor(symmetric ? half : smaller === 0 ? larger : smaller, value);
  return {
    value: fixed(value, decimals),
    uncertainty: symmetric
      ? `± ${atLeastOneUnit(half, decimals)}`
      : `+${atLeastOneUnit(above, decimals)} −${atLeastOneUnit(below, decimals)}`,
  };
}

/** The same in one text. */
export function measuredNumber(value: number, limits: Limits | null): string {
  const text = measuredText(value, limits);
  return text.uncertainty === '' ? text.value : `${text.value} ${text.uncertainty}`;
}

/** The same text with thousands set apart, as pages show it. */
export function grouped(text: string): string {
  return text.replaceAll(/(?<![\d.])\d{4,}/g, (digits) => digits.replaceAll(/\B(?=(\d{3})+$)/g, ','));
}

function withLimits(value: number, { low, high }: Limits): MeasuredText {
  const lowKnown = Number.isFinite(low);
  const highKnown = Number.isFinite(high);
  if (!lowKnown && !highKnown) return { value: plainNumber(value), uncertainty: '' };
  if (!highKnown) return { value: plainNumber(value), uncertainty: `(${plainNumber(low)} or more)` };
  if (!lowKnown) return { value: plainNumber(value), uncertainty: `(${plainNumber(high)} or less)` };
  const decimals = high === low ? 2 : decimalsFor(high - low, value);
  return { value: fixed(value, decimals), uncertainty: `(${fixed(low, decimals)} to ${fixed(high, decimals)})` };
}

// The place of the second significant digit after rounding: 0.0996 is written 0.10.
function decimalsFor(uncertainty: number, value: number): number {
  const wanted = 1 - exponentOf(uncertainty, 2);
  return Math.min(wanted, value === 0 ? wanted : mostSignificantDigits - 1 - exponentOf(value, mostSignificantDigits));
}

function exponentOf(value: number, digits: number): number {
  return Number(
    Math.abs(value)
      .toExponential(digits - 1)
      .split('e')[1],
  );
}

// Never a zero for an uncertainty that is there.
function atLeastOneUnit(uncertainty: number, decimals: number): string {
  return fixed(uncertainty === 0 ? 0 : Math.max(uncertainty, 10 ** -decimals), decimals);
}

function fixed(value: number, decimals: number): string {
  if (decimals >= 0) return value.toFixed(Math.min(decimals, 20));
  const unit = 10 ** -decimals;
  return (Math.round(value / unit) * unit).toFixed(0);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
