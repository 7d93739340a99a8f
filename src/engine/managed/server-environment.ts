import type { ServerInput } from './server-description.ts';

/** What every Python server gets: its lines at once, no colours, and no network for a model that lies here. */
export function pythonEnvironment({ isLocal }: ServerInput): Record<string, string> {
  return {
    PYTHONUNBUFFERED: '1',
    NO_COLOR: '1',
    DO_NOT_TRACK: '1',
    ...(isLocal ? { HF_HUB_OFFLINE: '1' } : {}),
  };
}

/** Devices by their place on the bus, as nvidia-smi counts them; those that the environment names stay. */
export function deviceEnvironment({ plan }: ServerInput): Record<string, string> {
  return {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    ...(plan.gpus === null ? {} : { CUDA_VISIBLE_DEVICES: plan.gpus }),
  };
}
