import type { GpuDevice } from './reading.ts';

/**
 * The devices that an engine will see by CUDA_VISIBLE_DEVICES, such as `0,1` or `GPU-8a5b`; null: all. A list ends at its
 * first word that names no device, as CUDA reads it; numbers are places on the bus, as they are for the engines started here.
 */
export function ownDevices(devices: readonly GpuDevice[], visible: string | null): GpuDevice[] {
  if (visible === null) return [...devices];
  const own: GpuDevice[] = [];
  for (const word of visible.split(',').map((one) => one.trim())) {
    const device = devices.find(({ index, uuid }) =>
      /^\d+$/.test(word) ? Number(word) === index : isNamed(uuid, word),
    );
    if (device === undefined) break;
    if (!own.includes(device)) own.push(device);
  }
  return own;
}

// A MIG id of old drivers carries the id of its GPU; that of a newer one says nothing of it.
function isNamed(uuid: string, word: string): boolean {
  const named = word.startsWith('MIG-GPU-') ? word.slice('MIG-'.length).split('/')[0] : word;
  return named !== undefined && named !== '' && uuid.startsWith(named);
}
