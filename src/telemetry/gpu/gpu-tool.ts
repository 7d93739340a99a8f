import { oneLine } from '../../base/escape.ts';
import { readAmdMetrics, readAmdProcesses } from './amd-smi.ts';
import { askTool } from './ask-tool.ts';
import {
  deviceFields,
  processFields,
  readDevices,
  readProcesses,
  readSample,
  refusalOf,
  sampleFields,
  unknownField,
} from './nvidia-smi.ts';
import { type GpuDevice, type GpuProcess, type GpuReading, isRefused, type Refused } from './reading.ts';

/** A program of this machine that tells of GPUs; each call starts it once, and none is for timed moments. */
export interface GpuTool {
  readonly name: 'nvidia-smi' | 'amd-smi';
  devices(): Promise<readonly GpuDevice[] | Refused>;
  /** `NVIDIA 570.86.15`; null: not told. */
  driver(): Promise<string | null>;
  processes(): Promise<readonly GpuProcess[] | Refused>;
  /** One reading of each device. */
  readings(): Promise<readonly GpuReading[] | Refused>;
  /** The fields that a stream of readings has, in their order; null: this tool has none. */
  streamFields(): Promise<readonly string[] | null>;
}

/** The first tool that lists a GPU; else what keeps each from it. */
export async function findGpuTool(): Promise<GpuTool | Refused> {
  const reasons: string[] = [];
  for (const tool of [nvidiaTool, amdTool]) {
    // oxlint-disable-next-line no-await-in-loop -- the first that answers is enough
    const devices = await tool.devices();
    if (!isRefused(devices) && devices.length > 0) return tool;
    reasons.push(isRefused(devices) ? devices.refused : `${tool.name} lists no GPU`);
  }
  return { refused: reasons.join('; ') };
}

const nvidiaTool: GpuTool = {
  name: 'nvidia-smi',
  devices: async () => {
    const { text, fields } = await queryGpus(deviceFields);
    return fields === null ? { refused: text } : readDevices(text, fields);
  },
  driver: async () => {
    const { text, fields } = await queryGpus(['driver_version']);
    const version = fields === null ? null : /^\s*(\d[\w.-]*)\s*$/m.exec(text)?.[1];
    return version == null ? null : `NVIDIA ${version}`;
  },
  processes: async () => {
    const query = [`--query-compute-apps=${processFields.join(',')}`, '--format=csv,noheader,nounits'];
    const { isHere, ok, text } = await askTool(['nvidia-smi', ...query]);
    const refused = refusalOf(text);
    return !isHere || !ok || refused !== null
      ? { refused: whyNot('nvidia-smi', isHere, refused ?? text) }
      : readProcesses(text);
  },
  readings: async () => {
    const { text, fields } = await queryGpus(sampleFields);
    if (fields === null) return { refused: text };
    return text.split('\n').flatMap((line) => readSample(line, fields) ?? []);
  },
  streamFields: async () => (await queryGpus(sampleFields)).fields,
};

// One field that a driver doesn't know fails the whole question: it is left out, and the rest asked again.
async function queryGpus(wanted: readonly string[]): Promise<{ text: string; fields: readonly string[] | null }> {
  let fields = wanted;
  for (;;) {
    const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
    // oxlint-disable-next-line no-await-in-loop -- each question follows from the last answer
    const { isHere, ok, text } = await askTool(['nvidia-smi', ...query]);
    const unknown = unknownField(text);
    const refused = refusalOf(text);
    // A corrupted infoROM ends with 14 beside a good table.
    if (isHere && refused === null && (ok || readDevices(text, fields).length > 0)) return { text, fields };
    if (unknown === null || !fields.includes(unknown)) {
      return { text: whyNot('nvidia-smi', isHere, refused ?? text), fields: null };
    }
    fields = fields.filter((field) => field !== unknown);
  }
}

const amdMetric = ['amd-smi', 'metric', '-u', '-p', '-c', '-t', '-E', '-m', '--json'];

const amdTool: GpuTool = {
  name: 'amd-smi',
  devices: async () => {
    const { isHere, text } = await askTool(amdMetric);
    const metrics = readAmdMetrics(text);
    return metrics === null ? { refused: whyNot('amd-smi', isHere, text) } : metrics.map(({ device }) => device);
  },
  driver: async () => {
    const { text } = await askTool(['amd-smi', 'version']);
    const parts = [...text.matchAll(/(amdgpu|ROCm) version: *(\d[\w.-]*)/gi)].map(
      ([, name, version]) => `${name} ${version}`,
    );
    return parts.length === 0 ? null : parts.join(', ');
  },
  processes: async () => {
    const { isHere, text } = await askTool(['amd-smi', 'process', '--json']);
    return readAmdProcesses(text) ?? { refused: whyNot('amd-smi', isHere, text) };
  },
  readings: async () => {
    const { isHere, text } = await askTool(amdMetric);
    const metrics = readAmdMetrics(text);
    return metrics === null ? { refused: whyNot('amd-smi', isHere, text) } : metrics.map(({ reading }) => reading);
  },
  streamFields: () => Promise.resolve(null),
};

function whyNot(name: string, isHere: boolean, text: string): string {
  if (!isHere) return `there is no ${name} here`;
  return text.trim() === '' ? `${name} gave no answer` : `${name} says: ${oneLine(text.trim(), 200)}`;
}
