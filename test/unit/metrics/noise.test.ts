import { describe, expect, test } from 'vitest';

import type { RowNoise, Summary } from '../../../src/contract/summary.ts';
import type { GpuProcessesSample, TelemetrySample } from '../../../src/contract/telemetry.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { rowNotes } from '../../../src/report/row-notes.ts';
import { gpuSample, hostSample } from './samples.ts';
import { cell, engine, environment, plan, scriptedRecord, workload } from './scripted-run.ts';

// Three measured requests of ten seconds each, from 1, 12 and 23 s on.
const sentMs = [1000, 12_000, 23_000];
const lengthMs = 10_000;
const records = sentMs.map((at, id) =>
  scriptedRecord({ sentMs: at, tokens: 11 }, { id, repetition: id + 1, endNs: (at + lengthMs) * 1e6 }),
);

function summaryOf(telemetry: readonly TelemetrySample[], gpuCount: number | null = null): Summary {
  const facts = { plan, cells: [cell], engine: { ...engine, gpuCount }, environment, workload, records, telemetry };
  return summarize({ ...facts, protocol: null, directory: 'x', state: 'complete' });
}

const noiseOf = (telemetry: readonly TelemetrySample[]): readonly RowNoise[] =>
  summaryOf(telemetry).rows[0]?.noise ?? [];

/** Samples around each request, and each second in it; counters grow by these shares of the time. */
function hostRun(
  shares: { busy?: number; own?: number; steal?: number; throttled?: number },
  mhz?: number[],
): TelemetrySample[] {
  const { busy = 0, own = 0, steal = 0, throttled = 0 } = shares;
  return sentMs.flatMap((at) =>
    Array.from({ length: 11 }, (_, second) => {
      const atMs = at + (second === 0 ? -1 : second === 10 ? lengthMs + 1 : second * 1000);
      return hostSample(atMs, {
        inFlight: second > 0 && second < 10,
        busyMs: busy * atMs,
        ownMs: own * atMs,
        stealMs: steal * atMs,
        throttledMs: throttled * atMs,
        cpuMhz: mhz?.[second] ?? null,
      });
    }),
  );
}

/** Readings of a GPU twice a second over the whole run. */
const gpuRun = (at: (atMs: number) => Parameters<typeof gpuSample>[1]): TelemetrySample[] =>
  Array.from({ length: 70 }, (_, tick) => gpuSample(tick * 500, at(tick * 500)));

const list = (atMs: number, foreign: GpuProcessesSample['foreign']): GpuProcessesSample => ({
  kind: 'gpu-processes',
  atNs: atMs * 1e6,
  foreign,
  reason: foreign === null ? 'hidden' : null,
});

const energyOf = (samples: readonly TelemetrySample[], gpuCount: number | null = 1) =>
  summaryOf(samples, gpuCount).rows[0]?.values['energy_per_token'];

describe('a quiet machine gives no flag', () => {
  test.each([
    ['nothing was sampled', []],
    ['an engine that takes all cores', hostRun({ busy: 2.05, own: 2 })],
    ['background work of a twentieth of a core', hostRun({ busy: 1.05, own: 1 })],
    [
      'clocks within 5 %',
      hostRun(
        {},
        Array.from({ length: 11 }, (_, second) => 3000 + second * 14),
      ),
    ],
    [
      'a GPU that climbs from idle at each request',
      gpuRun((atMs) => ({ coreMhz: sentMs.some((at) => atMs >= at && atMs < at + 900) ? 300 : 1980 })),
    ],
    [
      'a GPU that idles between requests',
      gpuRun((atMs) =>
        sentMs.some((at) => atMs >= at && atMs <= at + lengthMs)
          ? {}
          : { coreMhz: 300, utilizationPercent: 0, slowdowns: ['power brake'] },
      ),
    ],
    ['a GPU at its power limit', gpuRun(() => ({ powerCapped: true }))],
    ['readings that the tool does not give', gpuRun(() => ({ slowdowns: null, coreMhz: null, memoryMhz: null }))],
  ] satisfies [string, TelemetrySample[]][])('%s', (_what, samples) => {
    expect(noiseOf(samples)).toEqual([]);
  });

  test('a busy loop between requests, or in another row', () => {
    const between = [hostSample(11_010, { busyMs: 0, ownMs: 0 }), hostSample(11_990, { busyMs: 980, ownMs: 0 })];
    const later = [hostSample(34_000, { busyMs: 980, ownMs: 0 }), hostSample(40_000, { busyMs: 6980, ownMs: 0 })];
    expect(noiseOf([...between, ...later])).toEqual([]);
  });
});

describe('a flag has its reason and its evidence', () => {
  test('a busy loop beside the engine', () => {
    expect(noiseOf(hostRun({ busy: 1.98, own: 1 }))).toEqual([
      { reason: 'foreign CPU load', text: 'other processes used 0.98 of a core' },
    ]);
  });

  test('cores that a hypervisor took', () => {
    expect(noiseOf(hostRun({ steal: 0.4 }))).toEqual([
      { reason: 'foreign CPU load', text: 'the hypervisor gave 0.40 of a core to other machines' },
    ]);
  });

  test('a quota', () => {
    expect(noiseOf(hostRun({ throttled: 0.05 }))).toMatchObject([
      {
        reason: 'throttled',
        text: expect.stringMatching(/^the CPU quota of the cgroup held its processes back for 150\d of 3000\d ms$/),
      },
    ]);
  });

  test('a CPU clock', () => {
    const mhz = [800, 3400, 3400, 3400, 3400, 3000, 3000, 3000, 3000, 3000, 800];
    expect(noiseOf(hostRun({}, mhz))).toEqual([
      { reason: 'clock change', text: 'the CPU clock went between 3000 and 3400 MHz' },
    ]);
  });

  test('clocks of a GPU, and what holds them down', () => {
    const samples = gpuRun((atMs) => (atMs > 20_000 ? { coreMhz: 1800, slowdowns: ['thermal slowdown'] } : {}));
    expect(noiseOf(samples)).toEqual([
      { reason: 'clock change', text: 'the core clock of GPU-1 went between 1800 and 1980 MHz' },
      {
        reason: 'throttled',
        text: expect.stringMatching(/^the GPU held its clocks down in \d+ of \d+ samples \(thermal slowdown\)$/),
      },
    ]);
  });

  test('a process on the GPU, when its list is the nearest to a request', () => {
    const stranger = [{ uuid: 'GPU-1', pid: 4711, name: 'gpu_burn' }];
    const flag = [{ reason: 'foreign GPU process', text: 'gpu_burn (4711) computed on GPU-1' }];
    expect(noiseOf([list(990, []), list(11_500, stranger), list(34_000, [])])).toEqual(flag);
    expect(noiseOf([list(990, stranger), list(11_500, [])])).toEqual(flag);
    expect(noiseOf([list(500, stranger), list(990, []), list(34_000, []), list(40_000, stranger)])).toEqual([]);
    expect(noiseOf([list(990, null)])).toEqual([]);
  });

  test('it reaches the reader as a numbered note of its row, with what helps', () => {
    const summary = summaryOf(hostRun({ busy: 1.98, own: 1 }));
    expect(summary.rows[0]?.valid).toBe(true);
    expect(rowNotes(summary)).toMatchObject([
      {
        kind: 'advice',
        text: expect.stringMatching(/^foreign CPU load: other processes used 0\.98 of a core\. → stop what else runs/),
      },
    ]);
  });
});

describe('energy of a generated token', () => {
  const tokens = 33;

  test('integrates power where there is no counter, and says so', () => {
    const energy = energyOf(gpuRun(() => ({ powerWatts: 300 })));
    expect(energy?.value).toBeCloseTo((300 * 30) / tokens, 6);
    expect(energy?.method).toMatch(/^estimated: power/);
  });

  test('takes the counter where there is one, over all devices', () => {
    const samples = ['GPU-1', 'GPU-2'].flatMap((uuid) => gpuRun((atMs) => ({ uuid, energyJoules: atMs * 0.2 })));
    const energy = energyOf(samples);
    expect(energy?.value).toBeCloseTo((2 * 200 * 30) / tokens, 6);
    expect(energy?.method).toMatch(/^energy counter of the GPU/);
  });

  test.each([
    ['a counter that stands still', gpuRun(() => ({ energyJoules: 5, powerWatts: null }))],
    ['too few readings', [gpuSample(900), gpuSample(2000), gpuSample(40_000)]],
    ['a hole in the readings', gpuRun(() => ({})).filter(({ atNs }) => atNs < 14e9 || atNs > 18e9)],
    ['no GPU', []],
  ] satisfies [string, TelemetrySample[]][])('is unknown with %s', (_what, samples) => {
    expect(energyOf(samples)).toMatchObject({ value: null, reason: expect.stringMatching(/GPU/) });
  });

  test('of an engine on the CPU is that of the packages', () => {
    const samples = hostRun({}).map((sample) => ({ ...sample, packageJoules: sample.atNs / 1e9 }));
    expect(
      energyOf(
        samples.filter((one) => one.kind === 'host'),
        0,
      )?.value,
    ).toBeCloseTo(30.006 / tokens, 4);
    expect(energyOf(hostRun({}), 0)).toMatchObject({ value: null, reason: expect.stringContaining('RAPL') });
  });
});
