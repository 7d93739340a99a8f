import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import type { TelemetrySample } from '../../../src/contract/telemetry.ts';
import { appendTelemetry, readTelemetry } from '../../../src/store/telemetry-file.ts';
import { gpuSample, hostSample } from '../metrics/samples.ts';
import { temporaryFolder } from './temporary-folder.ts';

const samples: readonly TelemetrySample[] = [
  { kind: 'unavailable', atNs: 1, source: 'gpu', reason: 'größer als 熵' },
  hostSample(2, { governor: null }),
  gpuSample(3, { slowdowns: ['power brake'] }),
  { kind: 'gpu-processes', atNs: 4, foreign: [{ uuid: 'GPU-1', pid: null, name: 'x' }], reason: null },
];

test('samples come back as they were, whenever they were added', async () => {
  const folder = await temporaryFolder();
  expect(await readTelemetry(folder)).toEqual({ samples: [], damage: null });
  await appendTelemetry(folder, []);
  await appendTelemetry(folder, samples.slice(0, 1));
  await appendTelemetry(folder, samples.slice(1));
  expect(await readTelemetry(folder)).toEqual({ samples, damage: null });
});

test('a run that was killed at any byte gives every whole line', async () => {
  const folder = await temporaryFolder();
  await appendTelemetry(folder, samples);
  const file = path.join(folder, 'telemetry.jsonl');
  const bytes = await readFile(file);
  const ends = [...bytes.entries()].flatMap(([place, byte]) => (byte === 0x0a ? [place] : []));
  for (let kept = 0; kept <= bytes.length; kept++) {
    await writeFile(file, bytes.subarray(0, kept));
    const read = await readTelemetry(folder);
    const whole = ends.filter((end) => end <= kept).length;
    const cut = kept - (whole === 0 ? 0 : Math.min(kept, (ends[whole - 1] ?? 0) + 1));
    expect(read.samples).toEqual(samples.slice(0, whole));
    expect(read.damage === null).toBe(cut === 0);
  }
});

test('lines of another version, and of no known form, are left out and counted', async () => {
  const folder = await temporaryFolder();
  const lines = [
    '{"v":2,"kind":"unavailable","atNs":1,"source":"gpu","reason":"x"}',
    '{"v":1,"kind":"weather"}',
    'null',
  ];
  await writeFile(path.join(folder, 'telemetry.jsonl'), `${lines.join('\n')}\n`);
  expect(await readTelemetry(folder)).toEqual({
    samples: [],
    damage: "3 lines of telemetry.jsonl can't be read and are left out",
  });
});
