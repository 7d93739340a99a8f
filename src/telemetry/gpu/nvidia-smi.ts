/**
 * What nvidia-smi prints, of drivers 465 to 610, as values. Columns go by their place and never by the header: aliases
 * that were asked for come back under other names. Pure: text in, readings out.
 */
import type { GpuSlowdown } from '../../contract/telemetry.ts';
import { type GpuDevice, type GpuProcess, type GpuReading, numberOf, textOf } from './reading.ts';

const mebibyte = 2 ** 20;

/** Asked for once: what devices there are. */
export const deviceFields = [
  'index',
  'uuid',
  'name',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'mig.mode.current',
] as const;

/** Asked for all the time. The old names of clocks and reasons are still taken by new drivers, the other way round not. */
export const sampleFields = [
  'uuid',
  'utilization.gpu',
  'memory.used',
  'power.draw',
  'clocks.current.sm',
  'clocks.current.memory',
  'temperature.gpu',
  'clocks_throttle_reasons.active',
] as const;

export const processFields = ['gpu_uuid', 'pid', 'process_name', 'used_memory'] as const;

type Row = ReadonlyMap<string, string>;

/** Rows of `--format=csv,noheader`, units or none, by the names of the fields that were asked for. */
export function readRows(text: string, fields: readonly string[]): Row[] {
  return text.split('\n').flatMap((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    // A message or a header is no row.
    if (cells.length !== fields.length || cells[0] === fields[0]) return [];
    return [new Map(fields.map((field, place) => [field, cells[place] ?? '']))];
  });
}

export function readDevices(text: string, fields: readonly string[] = deviceFields): GpuDevice[] {
  return readRows(text, fields).flatMap((row) => {
    const uuid = textOf(row.get('uuid'));
    if (uuid === null) return [];
    return [
      {
        index: numberOf(row.get('index')),
        uuid,
        name: textOf(row.get('name')) ?? 'GPU',
        memoryTotalBytes: bytesOf(row.get('memory.total')),
        memoryUsedBytes: bytesOf(row.get('memory.used')),
        utilizationPercent: numberOf(row.get('utilization.gpu')),
        isPartitioned: row.get('mig.mode.current') === 'Enabled',
      },
    ];
  });
}

/** A row of the stream; null for anything else that stands in it. */
export function readSample(line: string, fields: readonly string[] = sampleFields): GpuReading | null {
  const row = readRows(line, fields)[0];
  const uuid = textOf(row?.get('uuid'));
  if (row === undefined || uuid === null) return null;
  const mask = row.get('clocks_throttle_reasons.active') ?? row.get('clocks_event_reasons.active');
  return {
    kind: 'gpu',
    uuid,
    utilizationPercent: numberOf(row.get('utilization.gpu')),
    memoryUsedBytes: bytesOf(row.get('memory.used')),
    powerWatts: numberOf(row.get('power.draw')),
    // No version of nvidia-smi prints the energy counter of the driver.
    energyJoules: null,
    coreMhz: numberOf(row.get('clocks.current.sm')),
    memoryMhz: numberOf(row.get('clocks.current.memory')),
    celsius: numberOf(row.get('temperature.gpu')),
    ...readReasons(mask),
  };
}

// Bits of nvml.h. Idle, application clocks, sync boost and display clocks hold nothing back that a run would want.
const slowdownBits: readonly (readonly [bit: number, slowdown: GpuSlowdown])[] = [
  [0x08, 'hardware slowdown'],
  [0x20, 'thermal slowdown'],
  [0x40, 'hardware thermal slowdown'],
  [0x80, 'power brake'],
];
const powerCapBit = 0x04;

function readReasons(mask: string | undefined): Pick<GpuReading, 'slowdowns' | 'powerCapped'> {
  if (mask === undefined || !/^0x[\da-f]+$/i.test(mask)) return { slowdowns: null, powerCapped: null };
  // Only the lowest byte is known; a number holds it exactly whatever stands above.
  const bits = Number.parseInt(mask.slice(-2), 16);
  return {
    slowdowns: slowdownBits.flatMap(([bit, slowdown]) => ((bits & bit) === 0 ? [] : [slowdown])),
    powerCapped: (bits & powerCapBit) !== 0,
  };
}

/** Compute processes. A program's name may hold commas: the first two fields and the last are sure. */
export function readProcesses(text: string): GpuProcess[] {
  return text.split('\n').flatMap((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const uuid = textOf(cells[0]);
    if (cells.length < processFields.length || uuid === null || !/^(GPU|MIG)-/.test(uuid)) return [];
    return [
      {
        uuid,
        pid: numberOf(cells[1]),
        name: textOf(cells.slice(2, -1).join(', ')),
        memoryBytes: bytesOf(cells.at(-1)),
      },
    ];
  });
}

/** The field that this driver doesn't know; null when that is not what it says. */
export function unknownField(text: string): string | null {
  return /^Field "([^"]+)" is not a valid field to query/m.exec(text)?.[1] ?? null;
}

const refusals = [
  /^Failed to initialize NVML: .+$/m,
  /^NVIDIA-SMI has failed .+$/m,
  /^No devices were found.*$/m,
  /^Unable to determine .+$/m,
  /^Field "[^"]+" is not a valid field to query.*$/m,
];

/** What nvidia-smi said in place of an answer; it says so on stdout. null: the text is no message of that kind. */
export function refusalOf(text: string): string | null {
  return refusals.map((pattern) => pattern.exec(text)?.[0].trim()).find((found) => found !== undefined) ?? null;
}

function bytesOf(cell: string | undefined): number | null {
  const mebibytes = numberOf(cell);
  return mebibytes === null ? null : mebibytes * mebibyte;
}
