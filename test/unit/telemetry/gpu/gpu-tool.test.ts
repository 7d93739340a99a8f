import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test, vi } from 'vitest';

import { startRunClock } from '../../../../src/base/clock.ts';
import { GpuStream } from '../../../../src/telemetry/gpu/gpu-stream.ts';
import { findGpuTool, type GpuTool } from '../../../../src/telemetry/gpu/gpu-tool.ts';
import { foreignOf } from '../../../../src/telemetry/gpu/gpu-watch.ts';
import { checkIdle } from '../../../../src/telemetry/gpu/idle-check.ts';
import { deviceFields, sampleFields } from '../../../../src/telemetry/gpu/nvidia-smi.ts';
import { ownDevices } from '../../../../src/telemetry/gpu/own-devices.ts';
import { type GpuDevice, isRefused } from '../../../../src/telemetry/gpu/reading.ts';
import { columns, recorded, withProgram } from './recorded.ts';

const newNames = sampleFields.map((field) => field.replace('clocks_throttle_reasons', 'clocks_event_reasons'));
const sampleRow = columns('nvidia-smi-h200.csv', newNames);
const deviceRow = columns('nvidia-smi-h200.csv', deviceFields);
const uuid = 'GPU-00000000-0000-0000-0000-000000000000';
const noWait = (): Promise<void> => Promise.resolve();

/** An nvidia-smi that answers the questions for devices, processes and readings with these rows. */
const smi = (rows: { devices?: string; processes?: string } = {}): string =>
  `case "$*" in *compute-apps*) cat <<'END'\n${rows.processes ?? ''}\nEND\n;; *query-gpu=index*) cat <<'END'\n${rows.devices ?? deviceRow}\nEND\n;;` +
  ` *) cat <<'END'\n${sampleRow}\nEND\n;; esac`;

async function foundTool(): Promise<GpuTool> {
  const tool = await findGpuTool();
  if (isRefused(tool)) throw new Error(tool.refused);
  return tool;
}

async function verdict(rows: { devices?: string; processes?: string }): Promise<unknown> {
  await withProgram('nvidia-smi', smi(rows));
  const tool = await foundTool();
  const devices = await tool.devices();
  return checkIdle(tool, isRefused(devices) ? [] : devices, noWait);
}

describe('finding a tool', () => {
  test('none here: the reason of each', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    expect(await findGpuTool()).toEqual({ refused: 'there is no nvidia-smi here; there is no amd-smi here' });
    vi.unstubAllEnvs();
  });

  test('one that can not reach its driver says so in its own words', async () => {
    const text = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
    await withProgram('nvidia-smi', `echo "${text}"; exit 9`);
    expect(await findGpuTool()).toMatchObject({ refused: expect.stringContaining(`nvidia-smi says: ${text}`) });
  });

  test('a field that the driver does not know is left out', async () => {
    const refuse = `case "$*" in *mig.mode*) echo 'Field "mig.mode.current" is not a valid field to query.'; exit 2;; esac`;
    const short = columns('nvidia-smi-h200.csv', deviceFields.slice(0, -1));
    await withProgram('nvidia-smi', `${refuse}\necho '${short}'`);
    expect(await (await foundTool()).devices()).toMatchObject([
      { uuid, isPartitioned: false, utilizationPercent: 100 },
    ]);
  });
});

describe('idle devices', () => {
  test('a compute process makes them busy, by its name', async () => {
    expect(await verdict({ processes: `${uuid}, 4711, /opt/gpu_burn, 28234` })).toMatchObject({
      busy: `process 4711 (/opt/gpu_burn) computes on GPU 0 NVIDIA H200 (${uuid})`,
    });
  });

  test('one on another device does not', async () => {
    const devices = deviceRow.replace('100 %', '0 %');
    const processes = 'GPU-11111111-0000-0000-0000-000000000000, 4711, other, 28234';
    expect(await verdict({ devices, processes })).toEqual({ busy: null, note: null });
  });

  test('without a process, utilisation that stays above 5 % does', async () => {
    expect(await verdict({})).toMatchObject({ busy: expect.stringContaining('was 100 % busy for 3 s') });
    expect(await verdict({ devices: deviceRow.replace('100 %', '5 %') })).toEqual({ busy: null, note: null });
  });

  test('a reading of 100 % that does not stay is a device that wakes up', async () => {
    const idle = columns('nvidia-smi-l40s-idle.csv', deviceFields);
    const script = `case "$*" in *compute-apps*) exit 0;; esac\nif [ -e "$0.asked" ]; then echo '${idle.replace('100 %', '0 %')}'; else echo '${idle}'; touch "$0.asked"; fi`;
    await withProgram('nvidia-smi', script);
    const devices: GpuDevice[] = [];
    expect(await checkIdle(await foundTool(), devices, noWait)).toEqual({ busy: null, note: null });
    const listed = await (await foundTool()).devices();
    expect(await checkIdle(await foundTool(), isRefused(listed) ? [] : listed, noWait)).toEqual({
      busy: null,
      note: null,
    });
  });

  test('hidden processes and no utilisation: nobody can tell', async () => {
    const devices = columns('nvidia-smi-h200-mig.csv', deviceFields);
    const processes = `${uuid}, [Insufficient Permissions], [Insufficient Permissions], [Insufficient Permissions]`;
    expect(await verdict({ devices, processes })).toMatchObject({
      busy: null,
      note: expect.stringContaining("can't be told"),
    });
  });
});

const device = (index: number): GpuDevice => ({
  index,
  uuid: `GPU-${index}abc-1`,
  name: 'GPU',
  memoryTotalBytes: null,
  memoryUsedBytes: null,
  utilizationPercent: null,
  isPartitioned: false,
});

test('the devices of an engine are those that CUDA_VISIBLE_DEVICES names, up to the first that is none', () => {
  const all = [0, 1, 2].map(device);
  const own = (visible: string | null): (number | null)[] => ownDevices(all, visible).map(({ index }) => index);
  expect(own(null)).toEqual([0, 1, 2]);
  expect(own('')).toEqual([]);
  expect(own('0,2,-1,1')).toEqual([0, 2]);
  expect(own('GPU-2a, 1')).toEqual([2, 1]);
  expect(own('MIG-GPU-1abc-1/3/0')).toEqual([1]);
  expect(own('9')).toEqual([]);
});

test('strangers on the devices, by what the tool shows', () => {
  const one = (pid: number | null, memoryBytes: number | null = 1) => ({ uuid, pid, name: `p${pid}`, memoryBytes });
  expect(foreignOf([one(1), one(2)], new Set([1]))).toEqual({ foreign: [{ uuid, pid: 2, name: 'p2' }], reason: null });
  expect(foreignOf([one(1), one(3, null)], new Set([1]))).toEqual({ foreign: [], reason: null });
  // In a container the ids are those of the host.
  expect(foreignOf([one(4711)], new Set([1]))).toMatchObject({ foreign: null });
  expect(foreignOf([], new Set([1]))).toMatchObject({ foreign: null });
});

describe('the stream', () => {
  test('is one child; its rows have the time of their arrival, the first of each device left out', async () => {
    await withProgram(
      'nvidia-smi',
      `echo '${uuid}' > /dev/null; for n in 1 2 3; do echo '${sampleRow}'; done; printf '${sampleRow.slice(0, 20)}'; exec sleep 30`,
    );
    const clock = startRunClock();
    const stream = new GpuStream({ uuids: [uuid], fields: sampleFields, clock });
    const samples = [];
    while (samples.length < 2 && clock.nowNs() < 10e9) {
      // oxlint-disable-next-line no-await-in-loop -- polling
      await sleep(20);
      samples.push(...stream.take());
    }
    const nowNs = clock.nowNs();
    expect(samples).toHaveLength(2);
    for (const { atNs, powerWatts } of samples) {
      expect(powerWatts).toBe(627.4);
      expect(atNs).toBeLessThan(nowNs);
    }
    expect(stream.silence()).toBeNull();
    stream.stop();
  });

  test('that ends by itself says so', async () => {
    await withProgram('nvidia-smi', `echo 'No devices were found'; exit 6`);
    const stream = new GpuStream({ uuids: [uuid], fields: sampleFields, clock: startRunClock() });
    await vi.waitFor(() => expect(stream.silence()).toBe('nvidia-smi ended by itself (6)'), 5000);
    expect(stream.take()).toEqual([]);
  });
});

test('every recorded table has the columns that are asked for', () => {
  for (const name of ['h200', 'h200-mig', 'l40s-idle', 'rtx2080s']) {
    expect(recorded(`nvidia-smi-${name}.csv`)).toContain(newNames.at(-1));
  }
});
