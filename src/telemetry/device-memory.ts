import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';

export interface DeviceMemory {
  /** `GPU 0 NVIDIA A100-SXM4-80GB`, or `host`. */
  readonly name: string;
  readonly bytes: number;
}

const mebibyte = 2 ** 20;

/** Memory a model can live in: each NVIDIA GPU that nvidia-smi lists; the host's when there is none. */
export async function readDeviceMemory(): Promise<readonly DeviceMemory[]> {
  const gpus = await nvidiaGpus();
  return gpus.length > 0 ? gpus : [{ name: 'host', bytes: os.totalmem() }];
}

async function nvidiaGpus(): Promise<DeviceMemory[]> {
  const query = ['--query-gpu=index,name,memory.total', '--format=csv,noheader,nounits'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 });
    return stdout.split('\n').flatMap((line) => {
      const [index, name, total] = line.split(',').map((field) => field.trim());
      const mebibytes = Number(total);
      return index !== undefined && name !== undefined && Number.isFinite(mebibytes) && mebibytes > 0
        ? [{ name: `GPU ${index} ${name}`, bytes: mebibytes * mebibyte }]
        : [];
    });
  } catch {
    return [];
  }
}
