/** Four significant digits: more than a chart can show. */
export function significant(value: number): number {
  return Number(value.toPrecision(4));
}
