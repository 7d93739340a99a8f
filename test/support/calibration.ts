import type { CalibratedTime, Calibration } from '../../src/contract/calibration.ts';

const time = (p50: number): CalibratedTime => ({ n: 500, p50, p99: 3 * p50, min: p50 / 2, max: 10 * p50 });

/** A calibration of the machine and program of the scripted runs: floor 0.5 ms, stamps 0.05 and 0.2 ms late, 200,000 tokens/s. */
export const scriptedCalibration: Calibration = {
  v: 1,
  tokometer: '0.1.0',
  node: 'v20.11.0',
  takenAt: '2026-11-20T08:00:00.000Z',
  kernel: '6.0.0',
  hostCpu: 'Example CPU 2.5 GHz',
  cores: 2,
  latencyFloor: time(0.5),
  roundTrip: time(0.1),
  stampError: { one: { ...time(0.05), streams: 1, gapMs: 10 }, many: { ...time(0.2), streams: 64, gapMs: 10 } },
  highestRate: {
    tokensPerSecond: 200_000,
    n: 10,
    windowMs: 250,
    median: 100_000,
    min: 95_000,
    max: 105_000,
    streams: 32,
    clientBusy: 0.5,
  },
  disturbances: [],
};
