/** How far apart first requests start that are due together, in microseconds: as Tokometer's closed loop does it. */
export function staggerUs(parallel) {
  return Math.min(5000, 250_000 / parallel);
}
