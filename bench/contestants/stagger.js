import { rampMs } from '../../dist/traffic/loop/ramp.js';

/** How far apart a workload's first requests start, in microseconds: as Tokometer's closed loop does it. */
export function staggerUs({ parallel, tokens, ttftUs, itlUs }, requests) {
  const latencyMs = (ttftUs + (tokens - 1) * itlUs) / 1000;
  return (rampMs({ parallel, requests, latencyMs }) / parallel) * 1000;
}
