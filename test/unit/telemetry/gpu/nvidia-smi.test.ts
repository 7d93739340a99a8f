import { describe, expect, test } from 'vitest';

import {
  deviceFields,
  readDevices,
  readProcesses,
  readRows,
  readSample,
  refusalOf,
  sampleFields,
  unknownField,
} from '../../../../src/telemetry/gpu/nvidia-smi.ts';
import { numberOf, textOf } from '../../../../src/telemetry/gpu/reading.ts';
import { columns, recorded } from './recorded.ts';

const mib = 2 ** 20;
// New drivers print the new name of the reasons in the header, also where the old one was asked for.
const newNames = sampleFields.map((field) => field.replace('clocks_throttle_reasons', 'clocks_event_reasons'));

describe('a row of readings', () => {
  test('of an H200 under load', () => {
    expect(readSample(columns('nvidia-smi-h200.csv', newNames))).toEqual({
      kind: 'gpu',
      uuid: 'GPU-00000000-0000-0000-0000-000000000000',
      utilizationPercent: 100,
      memoryUsedBytes: 32_362 * mib,
      powerWatts: 627.4,
      energyJoules: null,
      coreMhz: 1980,
      memoryMhz: 3201,
      celsius: 52,
      slowdowns: [],
      powerCapped: false,
    });
  });

  test('under MIG has no utilisation, and keeps what the whole device tells', () => {
    const reading = readSample(columns('nvidia-smi-h200-mig.csv', newNames));
    expect(reading).toMatchObject({ utilizationPercent: null, memoryUsedBytes: 16_959 * mib, powerWatts: 295.01 });
    expect(readDevices(columns('nvidia-smi-h200-mig.csv', deviceFields))).toMatchObject([{ isPartitioned: true }]);
  });

  test('of the names and drivers of 2021', () => {
    expect(readSample(columns('nvidia-smi-old-names.csv', sampleFields))).toMatchObject({
      powerWatts: 30.37,
      coreMhz: 300,
      slowdowns: [],
      powerCapped: false,
    });
  });

  test.each([
    ['0x0000000000000001', [], false],
    ['0x0000000000000004', [], true],
    ['0x0000000000000008', ['hardware slowdown'], false],
    ['0x0000000000000024', ['thermal slowdown'], true],
    ['0x00000000000000C0', ['hardware thermal slowdown', 'power brake'], false],
    ['[N/A]', null, null],
    ['Not Active', null, null],
  ])('reasons %s', (mask, slowdowns, powerCapped) => {
    const row = columns('nvidia-smi-h200.csv', newNames).replace('0x0000000000000000', mask);
    expect(readSample(row)).toMatchObject({ slowdowns, powerCapped });
  });

  test('without units, of several devices', () => {
    const fields = ['index', 'uuid', 'name', 'temperature.gpu', 'utilization.gpu', 'memory.used', 'memory.total'];
    const devices = readDevices(recorded('nvidia-smi-8x-titan-x.csv'), fields);
    expect(devices).toHaveLength(8);
    expect(devices[1]).toEqual({
      index: 1,
      uuid: 'GPU-00000000-0000-0000-0000-000000000001',
      name: 'GeForce GTX TITAN X',
      memoryTotalBytes: 12_206 * mib,
      memoryUsedBytes: 10_032 * mib,
      utilizationPercent: 86,
      isPartitioned: false,
    });
  });

  test('of a GB10 has no memory of its own', () => {
    const fields = ['memory.total', 'memory.used', 'memory.free', 'utilization.gpu', 'power.draw', 'temperature.gpu'];
    const [, row] = recorded('nvidia-smi-gb10.csv').split('\n');
    const cells = readRows(row ?? '', fields)[0];
    expect(numberOf(cells?.get('memory.used'))).toBeNull();
    expect(numberOf(cells?.get('power.draw'))).toBe(11.17);
  });

  test('a header, a message, a cut line and an empty one are no rows', () => {
    const header = recorded('nvidia-smi-h200.csv').split('\n')[0] ?? '';
    for (const line of [header, sampleFields.join(', '), '', 'No devices were found', 'GPU-1, 4', '\u0000\u0001']) {
      expect(readSample(line)).toBeNull();
    }
  });
});

test.each([
  ...recorded('nvidia-smi-insufficient-permissions.csv').trim().split(', '),
  '[Not Supported]',
  '[Unknown Error]',
  '[GPU is lost]',
  '[GPU requires reset]',
  '[Function Not Found]',
  '[Requested functionality has been deprecated]',
  'N/A',
  '',
])('%s is no reading', (cell) => {
  expect(numberOf(cell)).toBeNull();
  expect(textOf(cell)).toBeNull();
});

test('every unit is left off, and a cell with an error stands alone', () => {
  const cells = recorded('nvidia-smi-unknown-error.csv').split('\n')[0]?.split(', ') ?? [];
  expect(cells.map(numberOf)).toEqual([null, 53, 3, 84, 123, 262.5, null, null, 1746, 5310, 300, 250]);
});

describe('compute processes', () => {
  test('whatever their names hold, and with what is hidden as null', () => {
    const found = readProcesses(recorded('nvidia-smi-compute-apps-odd-rows.csv'));
    expect(found.map(({ pid, name, memoryBytes }) => [pid, name, memoryBytes])).toEqual([
      [10_525, '/opt/tools/memhog', 1542 * mib],
      [10_529, '/opt/tools/memhög ünïcode', 818 * mib],
      [10_526, '/opt/tools/mem? hog', 818 * mib],
      [10_528, '/opt/tools/mem "q" hog', 818 * mib],
      [42, '/opt/tools/mem, hog', 818 * mib],
      [null, null, null],
      [203_676, null, null],
      [2056, String.raw`C:\Windows\System32\dwm.exe`, null],
    ]);
  });

  test('of a header alone are none, and rows without a device are nobody', () => {
    expect(readProcesses(recorded('nvidia-smi-compute-apps-header-only.csv'))).toEqual([]);
    expect(readProcesses(recorded('nvidia-smi-compute-apps-wsl2.csv'))).toEqual([]);
    expect(readProcesses(recorded('nvidia-smi-compute-apps-gb10.csv'))).toMatchObject([
      { pid: 114_687, memoryBytes: 19_135 * mib },
    ]);
  });
});

interface Message {
  readonly case: string;
  readonly text: string;
}

test('messages are told from tables, and a field that the driver does not know is named', () => {
  const messages: readonly Message[] = JSON.parse(recorded('nvidia-smi-errors.json'));
  for (const { case: name, text } of messages) {
    if (name === 'GPU lost cell' || name === 'binary missing') continue;
    expect(refusalOf(text), name).toBe(text.split('\n')[0]);
    expect(readDevices(text)).toEqual([]);
  }
  const bad = messages.find((one) => one.case === 'bad field')?.text ?? '';
  expect(unknownField(bad)).toBe('clocks.applications.sm');
  expect(refusalOf(columns('nvidia-smi-h200.csv', newNames))).toBeNull();
});
