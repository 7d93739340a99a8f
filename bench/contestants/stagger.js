// The rule of src/traffic/loop/ramp.ts, which test/bench/stagger.test.ts holds it to.
const gapMs = 5;
const usualMs = 250;
const calmGapMs = 1;
const mostOfPass = 0.01;

/** How far apart a workload's first requests start, in microseconds: as Tokometer's closed loop does it. */
export function staggerUs({ parallel, tokens, ttftUs, itlUs }, requests) {
  const latencyMs = (ttftUs + (tokens - 1) * itlUs) / 1000;
  const passMs = (latencyMs * requests) / parallel;
  const usual = Math.min(gapMs * parallel, usualMs);
  return (Math.max(usual, Math.min(calmGapMs * parallel, mostOfPass * passMs, latencyMs)) / parallel) * 1000;
}
